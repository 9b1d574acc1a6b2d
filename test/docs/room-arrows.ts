import { importsOf, roomOf, type Sources } from '../support/import-arrows.ts';

/**
 * The arrows between rooms that a Mermaid flowchart draws, such as `live --> grants`, sorted. One line may draw
 * several: `a --> b & c`.
 */
export function drawnArrows(flowchart: string): string[] {
  return flowchart
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, sources, arrow, targets] =
        /^ *(\w+(?: & \w+)*) (-->|-\.->) (\w+(?: & \w+)*)$/.exec(line) ?? [];
      if (sources === undefined || targets === undefined) throw new Error(`No arrow is drawn by "${line}".`);
      return sources
        .split(' & ')
        .flatMap((from) => targets.split(' & ').map((to) => `${from} ${arrow} ${to}`));
    })
    .toSorted();
}

/**
 * The arrows between rooms that the imports make, sorted: dotted if one room imports only types of the other. Modules
 * that every room may use have no arrow.
 *
 * @param nameOf the room of a file, as drawn; `root` for a module that every room may use
 */
export function importedArrows(sources: Sources, nameOf = nameOfRoom): string[] {
  const solid = new Set<string>();
  const all = new Set<string>();
  for (const [file, source] of Object.entries(sources)) {
    for (const { from, to, typeOnly } of importsOf(file, source)) {
      const [room, target] = [nameOf(from), to.endsWith('.ts') ? nameOf(to) : 'root'];
      if (room === target || room === 'root' || target === 'root') continue;
      all.add(`${room} ${target}`);
      if (!typeOnly) solid.add(`${room} ${target}`);
    }
  }
  return [...all].map((pair) => pair.replace(' ', solid.has(pair) ? ' --> ' : ' -.-> ')).toSorted();
}

/** The room of a file of `lambdas/sync`, by its path below that: `sync` if the file is in none of its rooms. */
export function nameOfSyncRoom(file: string): string {
  const [room = '', ...inside] = file.split('/');
  if (room === '..') return 'root';
  return inside.length > 0 ? room : 'sync';
}

function nameOfRoom(file: string): string {
  const room = roomOf(file);
  return room === 'function' ? 'functions' : room;
}
