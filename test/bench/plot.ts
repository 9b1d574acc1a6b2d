import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coldPicture, growthPicture, pacePicture, syncPicture } from './pictures.ts';
import { type Result, readResult } from './results.ts';

/** The part from which each picture is drawn, and what draws it. */
const pictures: Readonly<Record<string, readonly [part: string, draw: (result: Result) => string]>> = {
  'cold-starts': ['cold', coldPicture],
  sync: ['sync', syncPicture],
  growth: ['growth', growthPicture],
  pace: ['pace', pacePicture],
};

/**
 * Draws the pictures of those parts that have run, beside their JSON.
 *
 * @returns the files written
 */
export async function plot(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [name, [part, draw]] of Object.entries(pictures)) {
    const result = await readResult(folder, part);
    if (result === undefined) continue;
    const file = join(folder, `${name}.svg`);
    await writeFile(file, draw(result));
    files.push(file);
  }
  return files;
}
