import { getMessageRoute } from './live/get-message.ts';
import { wireLive } from './wire-live.ts';

export const handler = wireLive(getMessageRoute);
