import { setTimeout as sleep } from 'node:timers/promises';
import type { CopiedMailbox, Copying } from './copied-mailbox.ts';
import { handlerFile } from './handlers.ts';
import { startLoneProcess } from './lone-process.ts';
import { startLoneWorker } from './lone-worker.ts';

/** What a copy of the mailbox took, in seconds. */
export interface Effort {
  /** Of processor, in the program's own process. */
  readonly cpu: number;
  /** In which the program was at work. */
  readonly work: number;
  /** From beginning to end. */
  readonly wall: number;
}

/** A program that copies a mailbox, in a process of its own. */
export interface Copier {
  readonly name: string;
  copy(mailbox: CopiedMailbox): Promise<Effort>;
  close(): void;
}

/** How long a baseline may take, in seconds. */
const patience = 600;

/** What people would otherwise use: one call for each message, so many at once. */
export async function startGetEach(
  name: string,
  atOnce: number,
  { site }: CopiedMailbox,
  minuteSeconds: number,
): Promise<Copier> {
  const program = await startLoneProcess(handlerFile('get-each'), {
    seconds: patience,
    variables: { ...site.variables, SYNC_MINUTE_SECONDS: String(minuteSeconds) },
  });
  return {
    name,
    copy: async (mailbox) => {
      const copying = await mailbox.startAnew();
      const { cpu, wall } = await program.run({ ...copying, atOnce });
      await check(mailbox, copying);
      return { cpu, work: wall, wall };
    },
    close: program.close,
  };
}

/** Ours: the worker as it is deployed, given one job a minute for as long as it has not copied everything. */
export async function startOurs(
  name: string,
  { site }: CopiedMailbox,
  minuteSeconds: number,
): Promise<Copier> {
  const pace = String(minuteSeconds);
  const worker = await startLoneWorker(site, {
    SYNC_MINUTE_SECONDS: pace,
    POLL_SECONDS: pace,
    QUIET_POLL_SECONDS: pace,
  });
  // That the mailbox is connected is told once.
  await worker.runNext();
  const minute = minuteSeconds * 1_000;
  let lastTick = 0;
  const tick = async () => {
    await sleep(Math.max(0, lastTick + minute - Date.now()));
    lastTick = Date.now();
    await site.tick(lastTick);
  };
  const isCopying = async () => (await site.items('mailboxes'))[0]?.['phase'] === 'backfill';
  return {
    name,
    copy: async (mailbox) => {
      const copying = await mailbox.startAnew();
      const start = performance.now();
      let [cpu, work] = [0, 0];
      while (await isCopying()) {
        await tick();
        const cost = await worker.runNext();
        if (cost === undefined) throw new Error('Nobody was due.');
        cpu += cost.cpu;
        work += cost.wall;
      }
      const wall = (performance.now() - start) / 1_000;
      await check(mailbox, copying);
      return { cpu, work, wall };
    },
    close: worker.close,
  };
}

async function check(mailbox: CopiedMailbox, copying: Copying): Promise<void> {
  const copied = await mailbox.count(copying);
  if (copied !== mailbox.size) throw new Error(`${copied} of ${mailbox.size} messages were copied.`);
}
