/**
 * Where a paragraph of the runbook stands, by its heading in `infra/tools/README.md`, which is one word.
 *
 * @param runbook the address at which the deployer's people read that file; left out, it is named as in the project
 */
export function paragraphOf(runbook: string | undefined, heading: string): string {
  return `${runbook ?? 'infra/tools/README.md'}#${heading}`;
}
