import { Problem } from '../../lambdas/errors.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Every kind of write that a worker or a dispatcher does. */
export const writeKinds = [
  'saveProgress',
  'finish',
  'putAbsent',
  'replace',
  'overwrite',
  'updateLabels',
  'delete',
  'putFailed',
  'putLabels',
  'deleteFailed',
  'erase',
  'deleteState',
  'claim',
  'release',
  'postpone',
  'beginTick',
  'addToDay',
  'send',
  'change',
  'eraseChanges',
] as const;

export type WriteKind = (typeof writeKinds)[number];

/**
 * One run of a function. When it is killed, everything it waits for never comes: nothing after that point runs, as
 * with a process that is gone.
 */
export class LambdaProcess {
  readonly time: VirtualTime;
  readonly #faults: FaultPlan;
  /** What one access to a store takes, in milliseconds. */
  readonly #storeDelay: number;
  #dead = false;
  #announceDeath: () => void = () => {};
  readonly died: Promise<'killed'>;

  constructor(time: VirtualTime, faults: FaultPlan, storeDelay: number) {
    this.time = time;
    this.#faults = faults;
    this.#storeDelay = storeDelay;
    this.died = new Promise((resolve) => {
      this.#announceDeath = () => resolve('killed');
    });
  }

  get isAlive(): boolean {
    return !this.#dead;
  }

  kill(): void {
    this.#dead = true;
    this.#announceDeath();
  }

  /** Goes on only while the process lives. */
  async alive(): Promise<void> {
    if (this.#dead) await never();
  }

  /** Waits, and goes on only if the process still lives then. */
  async wait(milliseconds: number): Promise<void> {
    await this.alive();
    if (milliseconds > 0) await this.time.sleep(milliseconds);
    await this.alive();
  }

  async read<T>(effect: () => T): Promise<T> {
    await this.wait(this.#storeDelay);
    return effect();
  }

  /**
   * A write of some parts, each by itself: the process may be killed before, among or after them, and the store may
   * fail before or after.
   */
  async writeEach<Part>(
    kind: WriteKind,
    parts: readonly Part[],
    effect: (part: Part) => void,
  ): Promise<void> {
    await this.wait(this.#storeDelay);
    const fault = this.#faults.takeWrite(kind);
    const done = fault?.when === 'before' ? [] : fault?.when === 'among' ? halfOf(parts) : parts;
    for (const part of done) effect(part);
    await this.#suffer(fault?.effect);
  }

  async write<T>(kind: WriteKind, effect: () => T): Promise<T> {
    await this.wait(this.#storeDelay);
    const fault = this.#faults.takeWrite(kind);
    if (fault?.when === 'before') await this.#suffer(fault.effect);
    const result = effect();
    await this.#suffer(fault?.effect);
    return result;
  }

  async #suffer(effect: 'kill' | 'fail' | undefined): Promise<void> {
    if (effect === 'fail') throw new Problem('storage_unavailable');
    if (effect === 'kill') {
      this.kill();
      await never();
    }
  }
}

function halfOf<Part>(parts: readonly Part[]): readonly Part[] {
  return parts.slice(0, Math.ceil(parts.length / 2));
}

function never(): Promise<never> {
  return new Promise(() => {});
}
