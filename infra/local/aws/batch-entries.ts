import { type EntryError, injectedMessage } from './faults.ts';
import { AwsError } from './json-service.ts';

/** SQS accepts ten entries a call (Amazon SQS quotas). */
const maximumEntries = 10;

/** SQS's response to a batch call: each entry is in one of the two lists. */
interface BatchOutcome {
  readonly Successful: object[];
  readonly Failed: object[];
}

/**
 * Processes the entries of a batch one by one; a failed entry does not stop the others.
 *
 * @param injected the error of some entries
 * @param act processes one entry and returns SQS's result, without its ID
 * @throws AwsError if there are too few or too many entries, or an ID is invalid or repeated; then none is processed
 */
export function eachEntry<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  injected: EntryError | undefined,
  act: (entry: Entry) => object,
): BatchOutcome {
  checkBatch(entries.map(({ Id }) => Id));
  const outcome: BatchOutcome = { Successful: [], Failed: [] };
  for (const [position, entry] of entries.entries()) {
    const { Id } = entry;
    try {
      if (injected?.entries.includes(position)) throw new AwsError(injected.error, injectedMessage, 500);
      outcome.Successful.push({ Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message, status } = error;
      outcome.Failed.push({ Id, Code: code, SenderFault: status < 500, Message: message });
    }
  }
  return outcome;
}

function checkBatch(ids: readonly string[]): void {
  if (ids.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be at least one entry.');
  if (ids.length > maximumEntries) {
    const most = `Maximum number of entries per request are ${maximumEntries}.`;
    throw new AwsError('TooManyEntriesInBatchRequest', `${most} You have sent ${ids.length}.`);
  }
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. ' +
        'It can be at most 80 letters long.',
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
}
