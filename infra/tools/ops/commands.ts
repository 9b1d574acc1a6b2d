import type { OpsCommand } from './command.ts';
import { disconnect } from './disconnect.ts';
import { doctor } from './doctor.ts';
import { endSessions } from './end-sessions.ts';
import { eraseRestored } from './erase-restored.ts';
import { find } from './find.ts';
import { pause, resume } from './pause.ts';
import { redrive } from './redrive.ts';
import { revokeAll } from './revoke-all.ts';

/** Every operator's command, by its name on the command line. */
export const commands: Readonly<Record<string, OpsCommand>> = {
  find,
  'end-sessions': endSessions,
  pause,
  resume,
  disconnect,
  'revoke-all': revokeAll,
  redrive,
  'erase-restored': eraseRestored,
  doctor,
};
