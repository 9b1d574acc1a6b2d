import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import type { Sources } from '../support/import-arrows.ts';
import { anchors, codeBlocks, relativeLinks, tableRows } from './markdown.ts';
import { drawnArrows, importedArrows, nameOfSyncRoom } from './room-arrows.ts';

const lambdas = new URL('../../lambdas/', import.meta.url);
const map = readFileSync(new URL('README.md', lambdas), 'utf8');
const sources = sourcesIn(lambdas);
const picture = pictureIn(map);

function sourcesIn(folder: URL): Sources {
  return Object.fromEntries(
    globSync('**/*.ts', { cwd: folder }).map((file) => {
      const path = file.replaceAll('\\', '/');
      return [path, readFileSync(new URL(path, folder), 'utf8')];
    }),
  );
}

function pictureIn(document: string): string {
  return codeBlocks(document).find(({ language }) => language === 'mermaid')?.text ?? '';
}

describe('the picture of the rooms', () => {
  it('draws just the arrows that the imports make', () => {
    expect(drawnArrows(picture)).toEqual(importedArrows(sources));
  });

  it('would be found wrong with an arrow too many', () => {
    const wrong = `${picture}  http --> live\n`;
    expect(drawnArrows(wrong)).not.toEqual(importedArrows(sources));
  });

  it.each([
    ['one room more', 'sessions/x.ts', `import { vault } from '../grants/vault.ts';`, 'sessions --> grants'],
    ['a value where there were types', 'aws/x.ts', `import { a } from '../consent/x.ts';`, 'aws --> consent'],
  ])('would be found wrong with an import of %s', (_, file, source, arrow) => {
    const arrows = importedArrows({ ...sources, [file]: source });
    expect(arrows).toContain(arrow);
    expect(drawnArrows(picture)).not.toContain(arrow);
  });

  it('has nothing that is no arrow', () => {
    expect(() => drawnArrows(`${picture}  live ==> grants\n`)).toThrow('live ==> grants');
  });

  it('stands beside a table of the same rooms', () => {
    const rooms = tableRows(map, 'room').flatMap(([cell = '']) => relativeLinks(cell));
    const drawn = drawnArrows(picture).flatMap((arrow) => arrow.split(/ -\.?-> /));
    expect(rooms.toSorted()).toEqual([...new Set(drawn)].filter((room) => room !== 'functions').toSorted());
  });
});

describe('the picture of the rooms of the sync', () => {
  const sync = new URL('sync/', lambdas);
  const document = readFileSync(new URL('README.md', sync), 'utf8');
  const arrows = drawnArrows(pictureIn(document));

  it('draws just the arrows that the imports make', () => {
    expect(arrows).toEqual(importedArrows(sourcesIn(sync), nameOfSyncRoom));
  });

  it('has no circle: each arrow leads to a room further down the table', () => {
    const rooms = tableRows(document, 'room').map(([cell = '']) => relativeLinks(cell)[0] ?? 'sync');
    for (const arrow of arrows) {
      const [from = '', to = ''] = arrow.split(/ -\.?-> /);
      expect(rooms.slice(rooms.indexOf(from) + 1), arrow).toContain(to);
    }
  });
});

describe('the links of the documents', () => {
  const project = new URL('../../', import.meta.url);
  const documents = globSync(['*.md', 'lambdas/**/*.md', 'infra/**/*.md', 'test/**/*.md'], {
    cwd: project,
  }).map((file) => file.replaceAll('\\', '/'));

  it('belong to all of them', () => {
    expect(documents).toEqual(
      expect.arrayContaining([
        'README.md',
        'SECURITY.md',
        'lambdas/README.md',
        'infra/README.md',
        'infra/tools/README.md',
      ]),
    );
  });

  it.each(documents)('lead somewhere: %s', (document) => {
    const targets = relativeLinks(readFileSync(new URL(document, project), 'utf8'));
    const missing = targets.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : normalize(join(dirname(document), path));
      if (globSync(file, { cwd: project }).length === 0) return true;
      return anchor !== undefined && !anchors(readFileSync(new URL(file, project), 'utf8')).includes(anchor);
    });
    expect(missing).toEqual([]);
  });
});
