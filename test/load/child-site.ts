import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Memory, type Report, reportSchema } from './site-messages.ts';

/** The site in a process of its own. */
export interface ChildSite {
  readonly origin: string;
  readonly googleOrigin: string;
  /** Collects the functions' garbage, and tells what is left. */
  memory(): Promise<Memory>;
  /** Ends it, its data too. */
  close(): Promise<void>;
}

/** Starts the site in a process of its own, with nobody in it. */
export async function startChildSite(): Promise<ChildSite> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'gmail-offline-access-load-'));
  const child = fork(join(import.meta.dirname, 'site-process.ts'), [dataFolder]);
  const ready = await nextReport(child);
  if (ready.kind !== 'ready') throw new Error('The site’s process did not begin with its addresses.');
  return {
    ...ready,
    memory: async () => {
      child.send('memory');
      const report = await nextReport(child);
      if (report.kind !== 'memory') throw new Error('The site’s process did not tell its memory.');
      return report;
    },
    close: async () => {
      const exit = once(child, 'exit');
      child.send('stop');
      await exit;
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function nextReport(child: ChildProcess): Promise<Report> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = (code: number | null) => reject(new Error(`The site’s process ended with ${code}.`));
  child.once('message', resolve).once('exit', onExit);
  try {
    return v.parse(reportSchema, await promise);
  } finally {
    child.off('message', resolve).off('exit', onExit);
  }
}
