/** One fault, put into the sync on purpose: the model test must find it. */
export interface Mutation {
  readonly name: string;
  /** In `lambdas/sync`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly search: string;
  readonly replacement: string;
}

/** The faults that `npm run test:mutations` puts in, one at a time. */
export const mutations: readonly Mutation[] = [
  {
    name: 'the cursor moves on before the page is stored',
    file: 'job/follow-history.ts',
    search: 'const last = await applyHistory(page.records, job, changed);',
    replacement:
      'await job.save({ historyId: page.records.at(-1)?.historyId ?? start });\n    const last = await applyHistory(page.records, job, changed);',
  },
  {
    name: 'an empty page ends the history',
    file: 'job/follow-history.ts',
    search: 'pageToken = tokens.follow(page.nextPageToken);',
    replacement: 'pageToken = page.records.length === 0 ? undefined : page.nextPageToken;',
  },
  {
    name: 'an older change replaces a newer row',
    file: 'job/apply-history.ts',
    search: 'if (isShown || isOutOfOrder) return;',
    replacement: 'if (isOutOfOrder) return;',
  },
  {
    name: 'the second of two records with one history ID is lost',
    file: 'job/apply-history.ts',
    search: 'const isShown = historyId < row.historyId;',
    replacement: 'const isShown = historyId <= message.historyId;',
  },
  {
    name: 'the cursor does not wait for a later history ID',
    file: 'job/follow-history.ts',
    search: 'cursorAfter([...before, ...page.records])',
    replacement: 'page.records.at(-1)?.historyId',
  },
  {
    name: 'a message that is named and not there yet counts as gone',
    file: 'job/failed-messages.ts',
    search: 'failed?.reason === notYetAvailable && failed.attempts < maxMissed',
    replacement: 'failed?.reason === notYetAvailable && failed.attempts < 0',
  },
  {
    name: 'a part over the quota counts as the message’s failure',
    file: 'job/fetch-messages.ts',
    search: 'await recordFailure(plan.request.id, answer.reason, job);\n  }',
    replacement:
      "await recordFailure(plan.request.id, answer.reason, job);\n  }\n  for (const { plan, answer } of answered) {\n    if (answer.kind === 'limited') await recordFailure(plan.request.id, 'limited', job);\n  }",
  },
  {
    name: 'a job acts without holding the claim',
    file: 'run-job.ts',
    search: ' || found.claim?.jobId !== message.jobId',
    replacement: '',
  },
  {
    name: 'a deletion is ignored',
    file: 'job/apply-history.ts',
    search: 'await deleteMessages(mayBeAnnounced, job);',
    replacement: '',
  },
  {
    name: 'only the first message of a thread is stored, and all count as done',
    file: 'job/fetch-messages.ts',
    search: "answer.kind === 'found' ? answer.messages : []",
    replacement: "answer.kind === 'found' ? answer.messages.slice(0, 1) : []",
  },
  {
    name: 'a list without messages ends the backfill',
    file: 'job/backfill.ts',
    search: 'await checkEmptyList(page, pageToken, job);',
    replacement: '',
  },
  {
    name: 'the page token moves on before the page is stored',
    file: 'job/backfill.ts',
    search: 'const known = await job.copy.findKnown(',
    replacement:
      'if (page.nextPageToken !== undefined) await job.save({ pageToken: page.nextPageToken });\n    const known = await job.copy.findKnown(',
  },
  {
    name: 'an expired history starts no comparison',
    file: 'job/follow-history.ts',
    search: 'historyFailures: undefined, verify });',
    replacement: 'historyFailures: undefined });',
  },
  {
    name: 'the removal of a label is ignored',
    file: 'job/apply-history.ts',
    search: 'for (const label of remove) labels.delete(label);',
    replacement: '',
  },
  {
    name: 'a lost claim is ignored',
    file: 'run-job.ts',
    search: 'job.state, claim.jobId, progress))) throw new ClaimLost();',
    replacement: 'job.state, claim.jobId, progress))) return;',
  },
  {
    name: 'what earlier deliveries of a job may have spent is forgotten',
    file: 'mailbox/quota-ledger.ts',
    search: 'if (delivery === 1 && written === 0) return spends;',
    replacement: 'if (delivery > 0) return spends;',
  },
  {
    name: 'messages are not counted again after a comparison',
    file: 'verify/verify.ts',
    search: 'recountAt: at,',
    replacement: '',
  },
  {
    name: 'failed messages are never tried again',
    file: 'run-job.ts',
    search: 'await retryFailed(job);',
    replacement: '',
  },
  {
    name: 'the cursor is pinned after the listing',
    file: 'run-job.ts',
    search: 'await followHistory(job);\n    await retryFailed(job);\n    await backfill(job);',
    replacement: 'await retryFailed(job);\n    await backfill(job);\n    await followHistory(job);',
  },
  {
    name: 'a refused page token ends the backfill',
    file: 'job/backfill.ts',
    search: 'await job.save({ pageToken: undefined });',
    replacement: "await job.save({ phase: 'live', pageToken: undefined });",
  },
  {
    name: 'the time that Google names is not obeyed',
    file: 'job/job-outcome.ts',
    search: ': now + retryAfter;',
    replacement: ': now + pace.minute;',
  },
  {
    name: 'a comparison does not remove what is gone',
    file: 'verify/suspected-deleted.ts',
    search: 'await deleteMessages(extra, job);',
    replacement: '',
  },
  {
    name: 'a comparison repairs only the first batch of what differs',
    file: 'verify/repair-differences.ts',
    search: 'left = left.slice(suspects.length);',
    replacement: 'left = [];',
  },
  {
    name: 'a comparison names what has changed since the history was followed',
    file: 'verify/repair-differences.ts',
    search: "if (message.historyId > padHistoryId(job.state.historyId ?? '')) return;",
    replacement: '',
  },
  {
    name: 'a comparison calls extra what was deleted while it ran',
    file: 'verify/suspected-deleted.ts',
    search: "if ((await catchUp(job)) === 'restarted') return 'restarted';\n      const extra",
    replacement: 'const extra',
  },
  {
    name: 'a comparison leaves a wrong row that claims to be newer than the message',
    file: 'verify/repair-differences.ts',
    search: 'return isUnchanged &&',
    replacement: 'return false &&',
  },
  {
    name: 'a comparison passes over what the copy does not show in its place',
    file: 'verify/compare-by-date.ts',
    search: "if ((await this.#lookUp(0)) === 'restarted') return 'restarted';",
    replacement: '',
  },
  {
    name: 'a comparison passes over what only the copy has',
    file: 'verify/compare-by-date.ts',
    search: 'return this.#repairUnlisted();',
    replacement: "return 'compared';",
  },
  {
    name: 'a comparison forgets what waits when a job ends',
    file: 'verify/compare-by-date.ts',
    search: 'updateVerify({ walk: walk.left() }, job);',
    replacement:
      "updateVerify({ walk: { ...walk.left(), isListed: false, isRead: false, unread: '', unlisted: '' } }, job);",
  },
  {
    name: 'the last message of a group is left out of its list',
    file: 'verify/verify-progress.ts',
    search: 'id <= group.upTo',
    replacement: 'id < group.upTo',
  },
  {
    name: 'a change is announced after its write',
    file: 'job/write-copy.ts',
    search:
      "await job.announcements.begin({ type: 'added', messages: part.map(changeOf) });\n    refused.push(...(await job.copy.putAbsent(job.state, part)));",
    replacement:
      "refused.push(...(await job.copy.putAbsent(job.state, part)));\n    await job.announcements.begin({ type: 'added', messages: part.map(changeOf) });",
  },
  {
    name: 'the feed is not corrected when a history is lost',
    file: 'job/follow-history.ts',
    search: 'await job.announcements.correctFeed(job.copy);',
    replacement: '',
  },
  {
    name: 'the deletion of a message over which a worker died is not announced',
    file: 'job/apply-history.ts',
    search: 'job.announcements.isUncertain || known.has(id)',
    replacement: 'known.has(id)',
  },
  {
    name: 'any end of a job removes the mark of unfinished announcements',
    file: 'job/announcements.ts',
    search: 'return differences.every(({ id }) => ids.has(id)) ? undefined : this.#since;',
    replacement: 'return undefined;',
  },
  {
    name: 'a job announces without a mark',
    file: 'job/announcements.ts',
    search: 'save({ toldSince: this.#since })',
    replacement: 'save({})',
  },
  {
    name: 'a write that failed leaves no mark',
    file: 'job/announcements.ts',
    search: 'if (this.#isUnfinished) return this.#since;',
    replacement: '',
  },
  {
    name: 'the end of a mailbox is not announced if only some feeds contain its start',
    file: 'mailbox/erase.ts',
    search: 'if (isOtherGeneration && isSameOwner && (await findGrant(newest)) !== undefined) return;',
    replacement: 'if (isOtherGeneration && isSameOwner) return;',
  },
  {
    name: 'changes of messages outlive the disconnect',
    file: 'mailbox/erase.ts',
    search: '(await changes.feed.eraseMessages(message, until)) && ',
    replacement: '',
  },
  {
    name: 'sequences begin anew with each job',
    file: '../changes/announce-changes.ts',
    search: 'last: (await feed.newest(accountId))?.sequence',
    replacement: 'last: (await feed.newest(accountId)) && undefined',
  },
  {
    name: 'a worker reports no failed message',
    file: 'process-batch.ts',
    search: 'batchItemFailures: unprocessed.map(',
    replacement: 'batchItemFailures: unprocessed.slice(unprocessed.length).map(',
  },
  {
    name: 'a poll that died counts as the quiet one before it',
    file: 'mailbox/quota-ledger.ts',
    search: "mark === 'reserved' && at === quietPoll?.claimedAt",
    replacement: "mark === 'reserved'",
  },
];
