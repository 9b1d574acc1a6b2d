import { expect, test } from 'vitest';
import type { History, Operation } from './history.ts';
import { play } from './play.ts';

/** Histories that the sync once got wrong, as short as they could be made. */
function history(
  operations: readonly (readonly [after: number, operation: Operation])[],
  changes: Partial<History> = {},
): History {
  return {
    seed: 1,
    messages: 3,
    threads: 0,
    shape: { listPage: 7, historyPage: 5, emptyPages: 2, dates: 'arrival' },
    unitsPerMinute: 6_000,
    unitsPerDay: 80_000_000,
    verifyEveryMinutes: 7 * 24 * 60,
    verifyGroup: 7,
    storeDelay: 0,
    indexLag: 0,
    operations: operations.map(([after, operation]) => ({ after, operation })),
    leaving: undefined,
    lastFault: undefined,
    ...changes,
  };
}

/** The same several times, with no time between. */
function atOnce(times: number, operation: Operation): (readonly [after: number, operation: Operation])[] {
  return Array.from({ length: times }, () => [0, operation] as const);
}

test('a failed message is tried again though the worker died before it was counted', async () => {
  const { wrong, fired } = await play(
    history([
      [0, { kind: 'blemish', message: 1, blemish: 'refused' }],
      [0, { kind: 'writeFault', fault: { write: 'putFailed', skip: 0, when: 'after', effect: 'kill' } }],
      [5_000_000, { kind: 'heal' }],
    ]),
  );
  expect(fired.get('kill putFailed')).toBe(1);
  expect(wrong).toEqual([]);
});

test('a message that is failed no more is not counted though the worker died before', async () => {
  const { wrong, fired } = await play(
    history([
      [0, { kind: 'blemish', message: 1, blemish: 'unreadable' }],
      [
        70_000,
        { kind: 'writeFault', fault: { write: 'deleteFailed', skip: 0, when: 'after', effect: 'kill' } },
      ],
      [0, { kind: 'heal' }],
      [5_000_000, { kind: 'sync' }],
    ]),
  );
  expect(fired.get('kill deleteFailed')).toBe(1);
  expect(wrong).toEqual([]);
});

test('the time that Google names is obeyed though what came with it cannot be stored', async () => {
  const { wrong, fired } = await play(
    history([
      [0, { kind: 'partFault', fault: 'partLimitedUntil', skip: 0, every: 2 }],
      [0, { kind: 'writeFault', fault: { write: 'putAbsent', skip: 0, when: 'before', effect: 'fail' } }],
      [5_000_000, { kind: 'sync' }],
    ]),
  );
  expect(fired.get('partLimitedUntil')).toBe(1);
  expect(fired.get('fail putAbsent')).toBe(1);
  expect(wrong).toEqual([]);
});

test('the time that Google names is obeyed though a message that is not there yet cannot be recorded', async () => {
  const { wrong, fired } = await play(
    history([
      [130_000, { kind: 'arrive', labels: [] }],
      [0, { kind: 'arriveLate', labels: [], milliseconds: 120_000 }],
      [0, { kind: 'partFault', fault: 'partLimitedUntil', skip: 0, every: 2 }],
      [0, { kind: 'writeFault', fault: { write: 'putFailed', skip: 0, when: 'before', effect: 'fail' } }],
      [5_000_000, { kind: 'sync' }],
    ]),
  );
  expect(fired.get('partLimitedUntil')).toBe(1);
  expect(fired.get('fail putFailed')).toBe(1);
  expect(wrong).toEqual([]);
});

test('a comparison that Google interrupts with a time writes that time down, though its progress cannot be saved', async () => {
  const { wrong, fired } = await play(
    history(
      [
        [130_000, { kind: 'verify' }],
        [0, { kind: 'callFault', fault: 'limitedUntil', call: 'listMessages', skip: 1 }],
        [
          0,
          { kind: 'writeFault', fault: { write: 'saveProgress', skip: 1, when: 'before', effect: 'fail' } },
        ],
        [400_000, { kind: 'sync' }],
      ],
      { messages: 22 },
    ),
  );
  expect(fired.get('limitedUntil')).toBe(1);
  expect(wrong).toEqual([]);
});

test('the feed announces a mailbox first, though the message of the consent is a dead letter', async () => {
  const kill: Operation = {
    kind: 'writeFault',
    fault: { write: 'erase', skip: 0, when: 'before', effect: 'kill' },
  };
  const { wrong, fired } = await play(
    history(
      [[130_000, kill], ...atOnce(4, kill), [0, { kind: 'reconnect' }], [5_000_000, { kind: 'sync' }]],
      { seed: 3 },
    ),
  );
  expect(fired.get('kill erase')).toBe(5);
  expect(wrong).toEqual([]);
});

test('no generation is announced as connected that ended before', async () => {
  const die: Operation = {
    kind: 'writeFault',
    fault: { write: 'eraseChanges', skip: 0, when: 'before', effect: 'kill' },
  };
  const { wrong, fired } = await play(
    history(
      [
        [0, die],
        [0, { kind: 'reconnect' }],
        [0, die],
        [0, die],
        [393_500, die],
        [0, die],
        [487_617, { kind: 'reconnect' }],
        [5_000_000, { kind: 'redrive' }],
      ],
      { seed: 57_050, messages: 37 },
    ),
  );
  expect(fired.get('kill eraseChanges')).toBe(5);
  expect(wrong).toEqual([]);
});

test('a job whose claim is lost while it waits for room in the minute makes no more calls', async () => {
  const { wrong } = await play(
    history([[125_612, { kind: 'reconnect' }]], {
      seed: 398_503,
      messages: 58,
      shape: { listPage: 7, historyPage: 2, emptyPages: 3, dates: 'scattered' },
      unitsPerMinute: 300,
      verifyEveryMinutes: 30,
      verifyGroup: 25,
    }),
  );
  expect(wrong).toEqual([]);
});

test('a job whose claim is lost writes nothing down, not even the time that Google names meanwhile', async () => {
  const { wrong, fired } = await play(
    history(
      [
        [0, { kind: 'partFault', fault: 'partLimitedUntil', skip: 1, every: 3 }],
        // While the first batch is stored and the second one is asked for.
        [6_150, { kind: 'pause' }],
      ],
      {
        messages: 60,
        shape: { listPage: 50, historyPage: 5, emptyPages: 0, dates: 'arrival' },
        verifyGroup: 25,
        storeDelay: 200,
      },
    ),
  );
  expect(fired.get('partLimitedUntil')).toBe(1);
  expect(wrong).toEqual([]);
});

test('an owner’s feed announces a mailbox first, though a worker died within that announcement', async () => {
  const fail: Operation = {
    kind: 'writeFault',
    fault: { write: 'change', skip: 0, when: 'among', effect: 'fail' },
  };
  const { wrong, fired } = await play(
    history(
      [[130_000, fail], ...atOnce(9, fail), [0, { kind: 'reconnect' }], [5_000_000, { kind: 'sync' }]],
      { seed: 4 },
    ),
  );
  expect(fired.get('fail change')).toBe(10);
  expect(wrong).toEqual([]);
});

test('no request for a sync shortens the rest after an operator’s pause', async () => {
  const { wrong } = await play(
    history(
      [
        [65_000, { kind: 'pause' }],
        [500, { kind: 'resume' }],
        [500, { kind: 'sync' }],
        [900_000, { kind: 'arrive', labels: [] }],
      ],
      { messages: 60, unitsPerMinute: 300 },
    ),
  );
  expect(wrong).toEqual([]);
});

test('every feed gets the end of a mailbox whose start only some got', async () => {
  const die: Operation = {
    kind: 'writeFault',
    fault: { write: 'change', skip: 0, when: 'among', effect: 'kill' },
  };
  const { wrong, fired } = await play(
    history([[130_000, { kind: 'sync' }]], {
      leaving: [
        { after: 0, operation: { kind: 'disconnect' } },
        { after: 10_000, operation: die },
        { after: 0, operation: { kind: 'consent' } },
        { after: 1_000, operation: { kind: 'disconnect' } },
      ],
    }),
  );
  expect(fired.get('kill change')).toBe(1);
  expect(wrong).toEqual([]);
});
