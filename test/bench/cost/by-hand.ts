/**
 * A month of one quiet mailbox, in dollars, reckoned with pencil and paper: every figure is written out, as counted and
 * as AWS lists it, and nothing comes from the tool.
 *
 * @param alarms metrics that alarms look at
 */
export function oneQuietMailbox(alarms: number): number {
  const keyAndSecrets = 1 + 2 * 0.4;
  // Two metrics are written always, four where mailboxes are, five once a day, which is one hour of twenty-four.
  const watching = alarms * 0.1 + (2 + 4 + 5 / 24) * 0.3;
  // Two starts a minute, one a night.
  const schedules = (2 * 43_200 + 30) * 0.000001;
  // 4.2857 comparisons a month of 5,000 messages, each of which was counted for 1,000.
  const comparisons = (30 / 7) * 5;

  const reads = 43_200 * 43 + 30 * 2 + 30 * 865 + comparisons * 1_551.5;
  const writes = 43_200 * 1 + 30 * 2_039 + comparisons * 50;
  const dynamodb = reads * 0.000000125 + writes * 0.000000625;

  const jobs = 30 * 288 + comparisons * 3;
  // Sent, deleted, and received in place of one of the polls that five pollers make every 20 seconds.
  const queue = (43_200 + jobs + jobs + 5 * 3 * 43_200) * 0.0000005;

  const calls = 2 * 43_200 + 30 + jobs;
  // Seconds: 0.03 of work a call, 0.01 for each call of AWS (of the dispatcher 16 at a time, of the publisher 4), 0.15
  // for Gmail.
  const working = 0.03 * calls;
  const dispatcher = ((43_200 * 69 + 30 * 1_438 + comparisons * 15) / 16) * 0.01;
  const publisher = ((43_200 * 8) / 4) * 0.01;
  const workers = (30 * 1_507 + comparisons * 79) * 0.01 + 30 * 3 * 0.01;
  const gmail = (30 * 289 + comparisons * 29) * 0.15;
  const lambda =
    calls * 0.0000002 + (working + dispatcher + publisher + workers + gmail) * 0.5 * 0.0000133334;

  const kms = (30 * 48 + comparisons * 2) * 0.000003;
  const secretReads = (30 * 281 + comparisons * 1) * 0.000005;
  const ownLines = 30 * 65 + 30 * (17_280 + 2_664) + comparisons * (181 + 111);
  // 800 bytes of Lambda's a call, 450 of metrics a minute from each of two; kept for a month.
  const logs = ((calls * 800 + ownLines + 2 * 43_200 * 450) / 1_000_000_000) * (0.5 + 0.03);
  // 5,000 messages of 473 bytes and 100 beside: in the table, in its index, and the table in the backup.
  const storage = ((5_000 * 573) / 1_000_000_000) * (0.25 + 0.25 + 0.2);

  return (
    keyAndSecrets + watching + schedules + dynamodb + queue + lambda + kms + secretReads + logs + storage
  );
}

/**
 * A month of a thousand quiet mailboxes, likewise. Workers take five jobs at a time, and are done with those of a
 * minute within a third of it.
 *
 * @param alarms metrics that alarms look at
 */
export function thousandQuietMailboxes(alarms: number): number {
  const keyAndSecrets = 1 + 2 * 0.4;
  const watching = alarms * 0.1 + (2 + 4 + 5 / 24) * 0.3;
  const schedules = (2 * 43_200 + 30) * 0.000001;
  const comparisons = 1_000 * (30 / 7) * 5;

  // Of the 2,039 writes of a mailbox 862 are of its ticks; together, ticks write twice, and once more for fifty
  // mailboxes.
  const ticks = 43_200 + 30 * (2 * 1_440 + 288_000 / 50);
  const reads = 43_200 * 43 + 30 * 2 + 30 * 865_000 + comparisons * 1_551.5;
  const writes = ticks + 30 * (2_039_000 - 862_000) + comparisons * 50;
  const dynamodb = reads * 0.000000125 + writes * 0.000000625;

  const jobs = 30 * 288_000 + comparisons * 3;
  const runs = (30 * 288_000) / 5 + comparisons * 3;
  // Sent by ten, of which one batch a minute is not full; received and deleted by five.
  const sends = 30 * (1_440 + 28_800) + comparisons * 3;
  const queue = (43_200 + sends + runs + runs) * 0.0000005;

  const ownCalls = 2 * 43_200 + 30;
  const working = 0.03 * (ownCalls + jobs);
  const dispatcher = ((43_200 * 69 + 30 * 1_438_000 + comparisons * 15) / 16) * 0.01;
  const publisher = ((43_200 * 8) / 4) * 0.01;
  const workers = ((30 * 1_507_000) / 5 + comparisons * 79) * 0.01 + 30 * 3 * 0.01;
  const gmail = ((30 * 289_000) / 5 + comparisons * 29) * 0.15;
  const lambda =
    (ownCalls + runs) * 0.0000002 + (working + dispatcher + publisher + workers + gmail) * 0.5 * 0.0000133334;

  // 57,600 runs of a second in a third of the day's seconds keep two workers busy. Twelve times an hour a mailbox comes
  // to one of them; that it comes to one alone, and to no second one that knows no token, is one chance in 2,048.
  const forgotten = 24 * 1_000 * (1 - 1 / 2_048);
  const kms = (30 * (48_000 + forgotten) + comparisons * 2) * 0.000003;
  // Each of the two reads the secret every five minutes.
  const secretReads = (30 * 2 * 288 + comparisons * 1) * 0.000005;
  const ownLines = 30 * 65 + 30 * (17_280_000 + 2_664_000) + comparisons * (181 + 111);
  const logs = (((ownCalls + runs) * 800 + ownLines + 2 * 43_200 * 450) / 1_000_000_000) * (0.5 + 0.03);
  const storage = ((1_000 * 5_000 * 573) / 1_000_000_000) * (0.25 + 0.25 + 0.2);

  return (
    keyAndSecrets + watching + schedules + dynamodb + queue + lambda + kms + secretReads + logs + storage
  );
}
