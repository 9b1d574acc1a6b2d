import { listLabelsRoute } from './live/list-labels.ts';
import { wireLive } from './wire-live.ts';

export const handler = wireLive(process.env, listLabelsRoute);
