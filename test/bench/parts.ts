import { cold } from './cold.ts';
import { cost } from './cost/part.ts';
import { growth } from './growth.ts';
import { pace } from './pace.ts';
import type { Part } from './part.ts';
import { sync } from './sync.ts';
import { warm } from './warm.ts';
import { worker } from './worker.ts';

/** The parts of the benchmark, in the order in which they run. */
export const parts: Readonly<Record<string, Part>> = { cold, warm, sync, worker, growth, pace, cost };
