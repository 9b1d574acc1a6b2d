import type { CopiedMessage, MailboxKey } from '../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { pausedByOperator, type VerifyFindings } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import { uncountedUnits } from '../../lambdas/sync/mailbox/quota-ledger.ts';
import { paused, resumed } from '../../lambdas/sync/mailbox/transitions.ts';
import { Chance } from './chance.ts';
import { keepChanging, spoil } from './disturb.ts';
import { feedFaults } from './feed-faults.ts';
import type { History, Operation } from './history.ts';
import { ModelMailbox } from './model-mailbox.ts';
import { type Reached, Simulation } from './simulation.ts';

const accountId = '101';
/** Whose jobs a worker may get together with those of the mailbox that is looked at. */
const neighbourId = '102';
const minute = 60_000;
const hour = 60 * minute;

/** Failed messages wait up to a day for their next attempt. */
const longestQuiet = 30 * hour;

/** How a history ended. */
export interface Ending {
  /** What is wrong: differences between copy and mailbox, and what the sync did that it never may. */
  readonly wrong: readonly string[];
  /** How often each kind of fault fired. */
  readonly fired: ReadonlyMap<string, number>;
  /** How often it came to each of what must come about, beside faults. */
  readonly reached: ReadonlyMap<Reached, number>;
}

/** Plays a history against the sync, then lets it run without faults, and compares. */
export async function play(history: History): Promise<Ending> {
  const { mailbox, neighbour, simulation } = prepare(history);
  simulation.connect(neighbourId);
  simulation.connect(accountId);
  for (const { after, operation } of [...history.operations, ...(history.leaving ?? [])]) {
    await simulation.pass(after);
    apply(operation, mailbox, simulation);
    if (operation.kind === 'reply') neighbour.arrive(operation.labels);
  }
  simulation.faults.disarm();
  simulation.dailyUnits = undefined;
  mailbox.heal();
  simulation.queue.redrive();
  const left = history.leaving === undefined ? [] : await isLeft(simulation);
  simulation.connect(accountId);
  resume(simulation);
  await simulation.pass(hour);
  simulation.calm = true;
  const wrong = await end(history, mailbox, simulation);
  const ofNeighbour = await findsInStep(neighbourId, neighbour, simulation);
  return {
    wrong: [
      ...left,
      ...wrong,
      ...ofNeighbour.map((fault) => `the neighbour: ${fault}`),
      ...unitFaults(history, simulation),
      ...simulation.violations,
    ],
    fired: simulation.faults.fired,
    reached: simulation.reached,
  };
}

/** What is wrong an hour after the person has left. */
async function isLeft(simulation: Simulation): Promise<string[]> {
  await simulation.pass(hour);
  return [...leftovers(accountId, undefined, simulation), ...feedFaults({ accountId }, simulation.tables)];
}

/** What is wrong with a mailbox to which nothing happened but mail, though its jobs ran beside others that died. */
async function findsInStep(id: string, mailbox: ModelMailbox, simulation: Simulation): Promise<string[]> {
  for (let waited = 0; waited < longestQuiet; waited += minute) {
    if (isQuiet(id, mailbox, simulation)) return compare(id, mailbox, simulation);
    await simulation.pass(minute);
  }
  return [`it does not come to rest: ${JSON.stringify(simulation.tables.states.get(id))}`];
}

async function end(
  history: History,
  mailbox: ModelMailbox,
  simulation: Simulation,
): Promise<readonly string[]> {
  if (!(await becomesQuiet(mailbox, simulation))) {
    return [`it does not come to rest: ${JSON.stringify(simulation.tables.states.get(accountId))}`];
  }
  const wrong = compare(accountId, mailbox, simulation);
  if (wrong.length > 0) return wrong;
  const repaired = await repairsCorruption(history, mailbox, simulation);
  return repaired.length > 0 ? repaired : findsNothing(history, mailbox, simulation);
}

function prepare(history: History) {
  const mailbox = new ModelMailbox(history.shape);
  let last: string | undefined;
  for (let number = 1; number <= history.messages; number += 1) {
    const joins = history.threads > 0 && number % history.threads !== 0;
    last = mailbox.arrive(number % 3 === 0 ? ['INBOX', 'UNREAD'] : ['Label_1'], joins ? last : undefined);
  }
  const neighbour = new ModelMailbox(history.shape);
  for (let number = 0; number < 5; number += 1) neighbour.arrive(['INBOX']);
  const quota = { ...quotaProfiles['2026'], unitsPerUserMinute: history.unitsPerMinute };
  const simulation = new Simulation({
    quota,
    enforced: { profile: quota, window: 'sliding', concurrency: 10 },
    pace: { verifyEvery: history.verifyEveryMinutes * minute },
    storeDelay: history.storeDelay,
    verifyGroup: history.verifyGroup,
    startDelay: 3_000,
    seed: history.seed,
  });
  simulation.dailyUnits = history.unitsPerDay;
  simulation.tables.indexLag = history.indexLag;
  simulation.addAccount(accountId, mailbox);
  simulation.addAccount(neighbourId, neighbour);
  return { mailbox, neighbour, simulation };
}

function apply(operation: Operation, mailbox: ModelMailbox, simulation: Simulation): void {
  const ids = [...mailbox.messages.keys()];
  const pick = (number: number) => ids[number % ids.length] ?? '';
  switch (operation.kind) {
    case 'arrive':
      mailbox.arrive(operation.labels);
      return;
    case 'arriveLate':
      arriveLate(operation, mailbox, simulation);
      return;
    case 'reply':
      mailbox.arrive(operation.labels, pick(operation.to));
      return;
    case 'label':
      mailbox.relabel(operation.messages.map(pick), [operation.label], []);
      return;
    case 'unlabel':
      mailbox.relabel(operation.messages.map(pick), [], [operation.label]);
      return;
    case 'trash':
      mailbox.relabel([pick(operation.message)], ['TRASH'], ['INBOX']);
      return;
    case 'untrash':
      mailbox.relabel([pick(operation.message)], [], ['TRASH']);
      return;
    case 'spam':
      mailbox.relabel([pick(operation.message)], ['SPAM'], ['INBOX']);
      return;
    case 'delete':
      mailbox.delete(pick(operation.message));
      return;
    case 'restore':
      mailbox.restore(pick(operation.message));
      return;
    case 'relabelTwice':
      mailbox.relabelTwice(operation.messages.map(pick), [operation.label], ['INBOX', 'UNREAD']);
      return;
    case 'blemish':
      // One of the latest, which is likely not to be copied yet.
      mailbox.blemish(ids.at(-1 - (operation.message % 5)) ?? '', operation.blemish);
      return;
    case 'upheaval':
      upheave(operation, mailbox);
      return;
    case 'heal':
      mailbox.heal();
      return;
    case 'repeatRecord':
      mailbox.repeatLastRecord();
      return;
    case 'refuseMessages':
      mailbox.refuseMessages();
      return;
    case 'swapRecords':
      mailbox.swapLastRecords();
      return;
    case 'forgetHistory':
      mailbox.forgetHistory();
      return;
    case 'sync':
    case 'verify':
      request(simulation, operation.kind === 'verify');
      return;
    case 'redrive':
      simulation.queue.redrive();
      return;
    case 'reconnect':
      simulation.disconnect(accountId);
      simulation.connect(accountId);
      return;
    case 'disconnect':
      simulation.disconnect(accountId);
      return;
    case 'deleteUnwritten':
      deleteUnwritten(mailbox, simulation);
      return;
    case 'consent':
      simulation.connect(accountId);
      return;
    case 'pause':
      operate(simulation, (mailbox) => simulation.tables.apply(mailbox, paused));
      return;
    case 'resume':
      resume(simulation);
      return;
    case 'refuse':
      simulation.refuse(accountId, operation.code);
      return;
    case 'callFault':
      simulation.faults.armGmail({
        kind: operation.fault,
        call: operation.call,
        skip: operation.skip,
      });
      return;
    case 'partFault':
      simulation.faults.armGmail({
        kind: operation.fault,
        skip: operation.skip,
        every: operation.every,
      });
      return;
    case 'ownFault':
      simulation.faults.armGmail({ kind: operation.fault, skip: operation.skip });
      return;
    case 'writeFault':
      simulation.faults.armWrite(operation.fault);
      return;
    case 'harnessFault':
      simulation.faults.armHarness(operation.fault);
      return;
  }
}

/** Gmail names a message, and answers 404 for it for some time. */
function arriveLate(
  { labels, milliseconds }: Operation & { kind: 'arriveLate' },
  mailbox: ModelMailbox,
  { time }: Simulation,
): void {
  const id = mailbox.arrive(labels);
  mailbox.hide(id);
  time.at(time.now + milliseconds, () => mailbox.show(id));
}

/** Messages are deleted that are in the feed but not in the copy: now, or once there are some. */
function deleteUnwritten(mailbox: ModelMailbox, simulation: Simulation, seconds = 120): void {
  const { tables, time } = simulation;
  const key = simulation.connected(accountId);
  if (key === undefined || seconds === 0) return;
  const { messages } = tables.copyOf(key);
  const unwritten = [...tables.announced.of(key).keys()].filter((id) => !messages.has(id));
  for (const id of unwritten) mailbox.delete(id);
  if (unwritten.length === 0)
    time.at(time.now + 1_000, () => deleteUnwritten(mailbox, simulation, seconds - 1));
}

/** An operator does something to the mailbox, if there is one. */
function operate(simulation: Simulation, does: (mailbox: MailboxKey) => unknown): void {
  const mailbox = simulation.connected(accountId);
  if (mailbox !== undefined) does(mailbox);
}

/** As `npm run ops -- resume` does it: the job from which the mailbox was taken ends, and its minute passes. */
function resume(simulation: Simulation): void {
  const { tables, time } = simulation;
  operate(simulation, (mailbox) => {
    const isTaken = tables.states.get(accountId)?.pausedBecause === pausedByOperator;
    tables.apply(mailbox, resumed(time.now + (isTaken ? 2 * minute : 0), 'operator'));
  });
}

/** Many messages change, and then their history is forgotten. */
function upheave(
  { first, messages, does, label }: Operation & { kind: 'upheaval' },
  mailbox: ModelMailbox,
): void {
  const ids = [...mailbox.messages.keys()];
  const start = first % Math.max(1, ids.length);
  const chosen = [...ids.slice(start), ...ids.slice(0, start)].slice(0, messages);
  if (does === 'delete') for (const id of chosen) mailbox.delete(id);
  else mailbox.relabel(chosen, does === 'label' ? [label] : [], does === 'unlabel' ? [label] : []);
  mailbox.forgetHistory();
}

function request(simulation: Simulation, verify: boolean): void {
  const mailbox = simulation.connected(accountId);
  if (mailbox !== undefined) simulation.request(mailbox, verify);
}

/** Lets time pass until everything is copied, nothing is failed, and nothing is under way. */
async function becomesQuiet(mailbox: ModelMailbox, simulation: Simulation): Promise<boolean> {
  await simulation.pass(hour);
  // Comparisons begin at the same minutes of each hour: one that is under way must not be met again and again.
  for (let waited = hour; waited < longestQuiet; waited += 7 * minute) {
    await simulation.pass(7 * minute);
    if (simulation.tables.states.get(accountId)?.phase === 'paused') return false;
    if (isQuiet(accountId, mailbox, simulation)) return true;
  }
  return false;
}

function isQuiet(id: string, mailbox: ModelMailbox, { tables, queue, connected }: Simulation): boolean {
  const state = tables.states.get(id);
  const key = connected(id);
  return (
    key !== undefined &&
    state?.generation === key.generation &&
    state.phase === 'live' &&
    state.claim === undefined &&
    state.verify === undefined &&
    state.verifyRequestedAt === undefined &&
    state.requestedAt === undefined &&
    state.failed === 0 &&
    state.historyId === mailbox.historyId &&
    queue.idle
  );
}

function compare(account: string, mailbox: ModelMailbox, simulation: Simulation): string[] {
  const { tables, connected } = simulation;
  const key = connected(account);
  if (key === undefined) return ['no mailbox is connected'];
  const { messages, failed } = tables.copyOf(key);
  const expected = mailbox.expected();
  const wrong = [
    ...[...expected.keys()].filter((id) => !messages.has(id)).map((id) => `missing: ${id}`),
    ...[...messages.keys()].filter((id) => !expected.has(id)).map((id) => `extra: ${id}`),
    ...[...failed.values()].map(({ id, reason }) => `failed: ${id}, ${reason}`),
  ];
  for (const [id, message] of expected) {
    const copied = messages.get(id);
    if (copied === undefined) continue;
    const historyId =
      mailbox.hasForgotten && copied.historyId < message.historyId ? copied.historyId : message.historyId;
    const [is, shouldBe] = [textOf(copied), textOf({ ...message, historyId })];
    if (is !== shouldBe) wrong.push(`differs: ${is} from ${shouldBe}`);
  }
  return [...wrong, ...leftovers(account, key.generation, simulation), ...feedFaults(key, tables)];
}

/** Copies of generations that have ended. */
function leftovers(account: string, generation: string | undefined, { tables }: Simulation): string[] {
  return [...tables.copies].flatMap(([name, { messages, failed, labels, listErrors }]) => {
    if (name === `${account}#${generation}` || !name.startsWith(`${account}#`)) return [];
    const rows = messages.size + failed.size + labels.size + listErrors.size;
    return rows > 0 ? [`an ended generation is still there: ${name}`] : [];
  });
}

/**
 * A copy that is spoiled is mended, and exactly what was wrong is named, though the mailbox changes meanwhile and loses
 * one of those messages; only of a worker that dies or cannot write, nobody learns what it had found.
 */
async function repairsCorruption(
  { seed, lastFault }: History,
  mailbox: ModelMailbox,
  simulation: Simulation,
): Promise<string[]> {
  const key = simulation.connected(accountId);
  if (key === undefined) return ['no mailbox is connected'];
  const chance = new Chance(seed);
  const spoiled = spoil(simulation.tables.copyOf(key), chance);
  const all = new Set([...spoiled.missing, ...spoiled.extra, ...spoiled.mislabelled]);
  keepChanging(mailbox, simulation.time, chance, all);
  if (lastFault !== undefined) apply(lastFault, mailbox, simulation);
  const fleeing = spoiled.mislabelled.slice(0, chance.between(0, 1));
  for (const id of fleeing) flee(id, mailbox, simulation);
  const found = await nextVerify(simulation);
  simulation.faults.disarm();
  if (found === undefined) return ['a spoiled copy is not compared'];
  const left = { ...spoiled, mislabelled: spoiled.mislabelled.filter((id) => !fleeing.includes(id)) };
  const wrong = lastFault?.kind === 'writeFault' ? beyond(found, left) : differences(found, left);
  if (!(await becomesQuiet(mailbox, simulation)))
    return [...wrong, 'a repaired mailbox does not come to rest'];
  return [...wrong, ...compare(accountId, mailbox, simulation)];
}

/**
 * A message is deleted just as it is asked for, and the next histories cannot be followed so far that they contain it.
 */
function flee(id: string, mailbox: ModelMailbox, { faults }: Simulation): void {
  mailbox.flee(id, () => {
    const other = mailbox.arrive([]);
    for (let times = 0; times < 6; times += 1) {
      mailbox.relabel([other], ['STARRED'], []);
      mailbox.relabel([other], [], ['STARRED']);
    }
    // One for the rest of that job, one for the next.
    for (let times = 0; times < 2; times += 1) faults.armGmail({ kind: 'refusedHistoryToken', skip: 0 });
  });
}

/** A right copy is found right, though the mailbox changes meanwhile. */
async function findsNothing(
  { seed }: History,
  mailbox: ModelMailbox,
  simulation: Simulation,
): Promise<string[]> {
  keepChanging(mailbox, simulation.time, new Chance(seed + 1));
  const found = await nextVerify(simulation);
  if (found === undefined) return ['a requested comparison does not end'];
  const wrong = differences(found, { missing: [], extra: [], mislabelled: [] });
  if (!(await becomesQuiet(mailbox, simulation))) return [...wrong, 'it does not come to rest again'];
  return [...wrong, ...compare(accountId, mailbox, simulation), ...countFaults(mailbox, simulation)];
}

/** After a comparison the number of copied messages is right, though workers died before. */
function countFaults(mailbox: ModelMailbox, { tables }: Simulation): string[] {
  const { size } = mailbox.expected();
  const copied = tables.states.get(accountId)?.copied;
  return copied === size ? [] : [`${copied} messages are counted of ${size}`];
}

/**
 * Whatever was spent, the days hold it, or the next claim will count it; and no minute, wherever it begins, holds more
 * than Google allows. Not where a mailbox began anew, whose row then forgets what it was, nor where a job ran of which
 * the queue had said that it has not taken it.
 */
function unitFaults({ operations, leaving }: History, { tables, gmail, faults }: Simulation): string[] {
  const isAnew = leaving !== undefined || operations.some(({ operation }) => operation.kind === 'reconnect');
  if (isAnew || faults.fired.has('sentButSaidNot')) return [];
  const days = tables.days.values().reduce((sum, { all }) => sum + all, 0);
  const counted = tables.states.values().reduce((sum, state) => sum + uncountedUnits(state), days);
  return [
    ...(counted < gmail.units ? [`${counted} units are counted of ${gmail.units}`] : []),
    ...(gmail.refusals > 0 ? [`a minute was too full for ${gmail.refusals} calls`] : []),
  ];
}

/** What the comparison finds that is asked for now. */
async function nextVerify(simulation: Simulation): Promise<VerifyFindings | undefined> {
  const asked = simulation.time.now;
  request(simulation, true);
  for (let waited = 0; waited < longestQuiet; waited += minute) {
    await simulation.pass(minute);
    const { lastVerify } = simulation.tables.states.get(accountId) ?? {};
    if (lastVerify !== undefined && lastVerify.at >= asked) return lastVerify;
  }
  return undefined;
}

const kinds = ['missing', 'extra', 'mislabelled'] as const;

function differences(found: VerifyFindings, expected: VerifyFindings): string[] {
  const silent = kinds.flatMap((kind) =>
    expected[kind].filter((id) => !found[kind].includes(id)).map((id) => `not named ${kind}: ${id}`),
  );
  return [...silent, ...beyond(found, expected)];
}

function beyond(found: VerifyFindings, expected: VerifyFindings): string[] {
  return kinds.flatMap((kind) =>
    found[kind].filter((id) => !expected[kind].includes(id)).map((id) => `named ${kind}: ${id}`),
  );
}

function textOf(message: CopiedMessage): string {
  return JSON.stringify({ ...message, labelIds: message.labelIds.toSorted() });
}
