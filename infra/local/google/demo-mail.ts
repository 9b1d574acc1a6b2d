import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** A message of the demo mailbox without its owner and its date. */
interface DemoMail {
  /** Hours before the mailbox was created. */
  readonly hoursAgo: number;
  readonly labelIds: readonly string[];
  /** Messages of one conversation have the same; undefined: the message has its own thread. */
  readonly thread?: string;
  /** All headers but the date, and the body, in RFC 822's form; `me` is the owner. */
  readonly write: (me: string) => string;
}

const inbox = ['INBOX', 'CATEGORY_PERSONAL'];

/** Realistic mail: newsletters, shops, calendars and people in several languages. */
export const demoMails: readonly DemoMail[] = [
  {
    hoursAgo: 2,
    labelIds: ['INBOX', 'CATEGORY_PROMOTIONS', 'UNREAD'],
    write: (me) =>
      mail(
        [
          'From: "Morning Brief" <news@brief.example>',
          `To: ${me}`,
          'Subject: This week: engines, looms & a remarkable weaver',
          'List-ID: Morning Brief <brief.news.example>',
          'List-Unsubscribe: <https://brief.example/leave>',
        ],
        multipart('alternative', [
          text('Engines, looms and a remarkable weaver.\nRead on: https://brief.example/42\n'),
          html(`<table width="600" align="center" cellpadding="12" style="font-family:Georgia,serif;border:1px solid #ddd">
<tr><td bgcolor="#20403a" style="color:#fff"><h1>Morning Brief</h1></td></tr>
<tr><td><img src="https://pictures.brief.example/loom.jpg" alt="A loom" width="576" height="200"></td></tr>
<tr><td><h2>Engines, looms and a remarkable weaver</h2><p>Why the cards came first, and the numbers later.</p>
<p><a href="https://brief.example/42" style="background:#20403a;color:#fff;padding:8px 16px">Read on</a></p></td></tr>
<tr><td style="font-size:12px;color:#777"><a href="https://brief.example/leave">Unsubscribe</a></td></tr></table>`),
        ]),
      ),
  },
  {
    hoursAgo: 5,
    labelIds: [...inbox, 'UNREAD', 'STARRED', 'IMPORTANT'],
    write: (me) =>
      mail(
        ['From: Grace Hopper <grace@example.com>', `To: ${me}`, 'Subject: The chart for Monday'],
        multipart('mixed', [
          multipart('related', [
            html(
              '<p>Here is the chart, and the report as a file:</p><p><img src="cid:chart@example.com" alt="Chart"></p>',
            ),
            file('image/png', 'chart.png', picture(), 'inline', '<chart@example.com>'),
          ]),
          file('application/pdf', 'Report.pdf', pdf('Quarterly report')),
        ]),
      ),
  },
  {
    hoursAgo: 8,
    labelIds: [...inbox, 'UNREAD'],
    write: (me) =>
      mail(
        [
          'From: Linus Example <linus@example.org>',
          `To: ${me}`,
          'Subject: Invitation: Looking at the engine',
        ],
        multipart('mixed', [
          multipart('alternative', [
            text('You are invited: Looking at the engine, Monday at 10:00.\n'),
            part('text/calendar; method=REQUEST; charset="UTF-8"', invitation(me)),
          ]),
          file('application/ics', 'invite.ics', Buffer.from(invitation(me))),
        ]),
      ),
  },
  {
    hoursAgo: 26,
    labelIds: ['INBOX', 'CATEGORY_UPDATES', 'Label_1'],
    write: (me) =>
      mail(
        ['From: Tea & Cards <orders@shop.example>', `To: ${me}`, 'Subject: Your receipt #4711'],
        multipart('mixed', [
          html(`<p>Thank you for your order.</p><table border="1" cellpadding="6" style="border-collapse:collapse">
<tr><th align="left">Item</th><th>Count</th><th align="right">Price</th></tr>
<tr><td>Punched cards, box of 100</td><td>2</td><td align="right">18.00 €</td></tr>
<tr><td>Green tea</td><td>1</td><td align="right">7.50 €</td></tr>
<tr><td colspan="2"><b>Total</b></td><td align="right"><b>43.50 €</b></td></tr></table>`),
          file('application/pdf', 'receipt-4711.pdf', pdf('Receipt 4711')),
        ]),
      ),
  },
  {
    hoursAgo: 30,
    labelIds: inbox,
    write: (me) =>
      letter(
        '"MAILER-DAEMON" <mailer-daemon@mail.example>',
        me,
        'Delivery Status Notification (Failure)',
        bounce(me),
      ),
  },
  ...conversation(),
  ...languages(),
  {
    hoursAgo: 3,
    labelIds: ['DRAFT'],
    write: (me) =>
      letter(me, 'Grace Hopper <grace@example.com>', 'Re: your question', 'Dear Grace,\n\nI think that\n'),
  },
  {
    hoursAgo: 50,
    labelIds: ['SENT'],
    write: (me) =>
      letter(
        me,
        'Linus Example <linus@example.org>',
        'Slides of the talk',
        'Here they are: https://docs.google.com/presentation/d/1 and the film: https://youtu.be/1\n',
      ),
  },
  {
    hoursAgo: 60,
    labelIds: ['INBOX', 'CATEGORY_UPDATES', 'Label_2', 'STARRED'],
    write: (me) =>
      letter(
        'Travel Desk <trips@travel.example>',
        me,
        'Your trip to Genève',
        'Booking reference LG2815. Check-in opens 24 hours before departure.\n',
      ),
  },
  {
    hoursAgo: 70,
    labelIds: ['SPAM', 'UNREAD'],
    write: (me) =>
      letter(
        'Prize Office <win@prizes.example>',
        me,
        'You have WON',
        'Dear friend, you have won 4242 coins. Answer today!\n',
      ),
  },
  {
    hoursAgo: 80,
    labelIds: ['TRASH'],
    write: (me) => letter('Old Shop <info@old-shop.example>', me, 'Last chance!', 'Everything must go.\n'),
  },
];

function conversation(): DemoMail[] {
  const subject = 'Notes on the engine';
  const id = (number: number) => `<engine-${number}@example.com>`;
  const turns = [
    'Shall we publish the notes this year?\n',
    'Yes, with the table of numbers.\n\n> Shall we publish the notes this year?\n',
    'Good. I will send a draft on Friday.\n\n> Yes, with the table of numbers.\n>\n>> Shall we publish the notes this year?\n',
  ];
  return turns.map((words, turn) => ({
    hoursAgo: 20 - turn * 3,
    thread: subject,
    labelIds: [...(turn === 1 ? ['SENT'] : inbox), 'Label_3'],
    write: (me) => {
      const other = 'Charles Babbage <charles@example.net>';
      const references = turn === 0 ? [] : [`In-Reply-To: ${id(turn - 1)}`, `References: ${id(0)}`];
      const [from, to] = turn === 1 ? [me, other] : [other, me];
      const headers = [`From: ${from}`, `To: ${to}`, `Subject: ${turn === 0 ? '' : 'Re: '}${subject}`];
      return mail(
        [...headers, `Message-ID: ${id(turn)}`, ...references, 'Cc: Grace Hopper <grace@example.com>'],
        text(words),
      );
    },
  }));
}

function languages(): DemoMail[] {
  const letters = [
    [
      'Jürgen Groß <juergen@example.de>',
      'Grüße aus Zürich',
      'Hallo,\n\nseit Tagen regnet es, aber das Büro ist schön.\n',
    ],
    ['สมชาย ใจดี <somchai@example.co.th>', 'ประชุมทีมวันจันทร์', 'สวัสดีครับ\n\nเจอกันวันจันทร์ที่กรุงเทพนะครับ\n'],
    [
      '山田 太郎 <taro.yamada@example.jp>',
      '見積もりの件',
      'お世話になっております。\n見積もりをお送りします。\n',
    ],
    ['ليلى حداد <layla@example.org>', 'موعد الاجتماع', 'مرحبا،\n\nالاجتماع يوم الاثنين في الساعة العاشرة.\n'],
    ['דנה לוי <dana@example.co.il>', 'סיכום הפגישה', 'שלום,\n\nמצורף סיכום הפגישה מאתמול.\n'],
  ] as const;
  return letters.map(([from, subject, words], index) => ({
    hoursAgo: 34 + index * 2,
    labelIds: index === 1 ? [...inbox, 'UNREAD'] : inbox,
    write: (me) => letter(from, me, subject, words),
  }));
}

function letter(from: string, to: string, subject: string, words: string): string {
  return mail([`From: ${from}`, `To: ${to}`, `Subject: ${subject}`], text(words));
}

function mail(headers: readonly string[], body: string): string {
  return `${headers.join('\r\n')}\r\nMIME-Version: 1.0\r\n${body}`;
}

function multipart(kind: string, parts: readonly string[]): string {
  const boundary = `${kind}_${createHash('sha256').update(parts.join('')).digest('hex').slice(0, 24)}`;
  const pieces = parts.map((piece) => `--${boundary}\r\n${piece}\r\n`);
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${pieces.join('')}--${boundary}--\r\n`;
}

function part(type: string, content: string): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${content.replaceAll(/\r?\n/g, '\r\n')}`;
}

function text(content: string): string {
  return part('text/plain; charset="UTF-8"', content);
}

function html(content: string): string {
  return part('text/html; charset="UTF-8"', `<html><body>${content}</body></html>`);
}

function file(type: string, name: string, content: Buffer, disposition = 'attachment', id?: string): string {
  const lines = content.toString('base64').replaceAll(/.{1,76}/g, '$&\r\n');
  const head = [
    `Content-Type: ${type}; name="${name}"`,
    `Content-Disposition: ${disposition}; filename="${name}"`,
    ...(id === undefined ? [] : [`Content-ID: ${id}`]),
    'Content-Transfer-Encoding: base64',
  ];
  return `${head.join('\r\n')}\r\n\r\n${lines}`;
}

function invitation(me: string): string {
  const address = /<([^>]+)>/.exec(me)?.[1] ?? me;
  return [
    ...[
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Example//Calendar//EN',
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
    ],
    ...[
      'UID:engine@example.org',
      'DTSTAMP:20261120T080000Z',
      'DTSTART:20261207T090000Z',
      'DTEND:20261207T100000Z',
    ],
    ...['SUMMARY:Looking at the engine', 'LOCATION:Room 1842', 'ORGANIZER:mailto:linus@example.org'],
    ...[`ATTENDEE;RSVP=TRUE:mailto:${address}`, 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n');
}

function bounce(me: string): string {
  return `Your message was not delivered to nobody@example.net: 550 5.1.1 There is no such user here.

----- Original message -----
From: ${me}
To: nobody@example.net
Subject: Are you there?
`;
}

/** The smallest PDF that viewers open: one page with one line. */
function pdf(line: string): Buffer {
  const content = `BT /F1 24 Tf 72 720 Td (${line}) Tj ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  const body = objects.map((object, index) => `${index + 1} 0 obj${object}endobj\n`).join('');
  return Buffer.from(`%PDF-1.4\n${body}trailer<</Root 1 0 R>>\n%%EOF\n`);
}

/** A PNG of a few coloured bars (PNG Specification, chunks IHDR, IDAT, IEND). */
function picture(): Buffer {
  const [width, height] = [120, 60];
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.from([
      0,
      ...Array.from({ length: width }, (_, x) =>
        y > height - 10 * (1 + (Math.floor(x / 20) % 5)) ? [32, 96, 160] : [240, 240, 240],
      ).flat(),
    ]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, sum]);
}
