import { listMessagesRoute } from './live/list-messages.ts';
import { wireLive } from './wire-live.ts';

export const handler = wireLive(process.env, listMessagesRoute);
