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
 * The arrows between rooms that the imports make, sorted: dotted where one room knows the other's types only. What
 * every room may use has no arrow.
 */
export function importedArrows(sources: Sources): string[] {
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

function nameOf(file: string): string {
  const room = roomOf(file);
  return room === 'function' ? 'functions' : room;
}
