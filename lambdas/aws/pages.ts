import * as v from 'valibot';
import { callTable, readRow } from './table.ts';

/**
 * The rows of a Query or Scan, page by page; a consumer that stops makes no further call.
 *
 * @throws Problem as callTable.
 */
export async function* readPages<Schema extends v.GenericSchema>(
  answers: AsyncIterable<{ readonly Items?: Record<string, unknown>[] | undefined }>,
  row: Schema,
): AsyncGenerator<v.InferOutput<Schema>[], void, undefined> {
  const rows = v.array(row);
  const iterator = answers[Symbol.asyncIterator]();
  for (;;) {
    const next = await callTable(iterator.next());
    if (next.done) return;
    yield readRow(rows, next.value.Items ?? []);
  }
}
