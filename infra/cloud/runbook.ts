/**
 * The location of a runbook section, by its one-word heading in `infra/tools/README.md`.
 *
 * @param runbook the URL at which the deployer's team reads that file; by default, its path in this project
 */
export function paragraphOf(runbook: string | undefined, heading: string): string {
  return `${runbook ?? 'infra/tools/README.md'}#${heading}`;
}
