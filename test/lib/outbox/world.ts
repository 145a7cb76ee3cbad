import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Finding } from '#lib/compare/types.ts';
import { notifyBatch } from '#lib/outbox/notify-batch.ts';
import { listRecords } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { Alert, PrincipalAlerts } from '#lib/report/alert.ts';
import { checkChunk } from '#lib/respond/check-chunk.ts';
import { type CheckMessage, type CloseMessage, chunkBatch } from '#lib/respond/messages.ts';
import type { Checked } from '#lib/respond/remember-look.ts';
import { change, finding } from './fixtures.ts';

/** The function was killed: nothing after this happens, not even what `finally` would do to the table. */
export class Killed extends Error {}

/** One run of the function, which may be killed at any of its calls, before or after the call has had its effect. */
export interface Life {
  /** Calls that it gets through; `undefined`: all. */
  readonly calls?: number | undefined;
  /** Whether the call at which it is killed has its effect. */
  readonly lastOne: boolean;
}

/** What the team has been told and not been told the end of, and what must not be. */
export interface Heard {
  readonly open: Map<string, Finding>;
  /** Published, and killed before it could be written down: may be told again. */
  readonly doubtful: Set<string>;
  /** Something has changed since: a finding may have got better and worse again, which is told. */
  changed: boolean;
}

/** Somebody of whom an event told, whose deletion was told by an event that was lost. */
const absent = (subject: string): Checked => ({
  subject,
  arn: `arn:aws:iam::123456789012:${subject}`,
  status: 'inconclusive',
  fingerprint: '',
  findings: [finding('absent', [], 'critical', { kind: 'inconclusive' })],
});

const subjects = ['role/a', 'role/b', 'role/c', 'role/d', 'role/e'] as const;
type WorldMessage = CheckMessage | CloseMessage;
export type Subject = (typeof subjects)[number];

/** The whole from the check queue to the topic, with a real table; IAM and the queue are as simple as can be. */
export class World {
  /** What is so. Absent: the role does not exist. */
  readonly truth = new Map<string, readonly Finding[]>(subjects.map((subject) => [subject, []]));
  readonly queue: WorldMessage[] = [];
  readonly heard = new Map<string, Heard>();
  /** What was told that must not be told. */
  readonly wrong: string[] = [];
  /** Messages published. */
  published = 0;
  #now = Date.UTC(2026, 10, 24);
  #attempts = 0;
  #batches = 0;
  readonly #table: RecordTable;

  constructor(table: RecordTable) {
    this.#table = table;
  }

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }

  /** A change of IAM, and the event that tells of it. */
  change(touched: readonly Subject[], findings: readonly Finding[] | undefined): void {
    for (const subject of touched) {
      this.#heardOf(subject).changed = true;
      if (findings === undefined) this.truth.delete(subject);
      else this.truth.set(subject, findings);
    }
    const event = change(`event-${this.#batches}`);
    const gone = findings === undefined ? { gone: true } : {};
    const asked = touched.map((subject) => ({ subject, changes: [event.eventId], ...gone }));
    this.#send(chunkBatch(`batch-${this.#batches++}`, 'change', asked, [event], { size: 2 }));
  }

  async sweep(): Promise<void> {
    const asked = new Set<string>(this.truth.keys());
    for await (const entry of listRecords(this.#table)) {
      if (entry.status !== 'deleted' || entry.announced > 0) asked.add(entry.subject);
    }
    const all = [...asked].sort().map((subject) => ({ subject, changes: [] }));
    this.#send(chunkBatch(`sweep-${this.#batches++}`, 'sweep', all, [], { size: 2 }));
  }

  /** As `sendBatch`: a batch of several chunks is followed by the message that closes it. */
  #send(messages: readonly CheckMessage[]): void {
    this.queue.push(...messages);
    const [first] = messages;
    if (first && messages.length > 1) this.queue.push({ kind: 'close', batch: first.batch, round: 1 });
  }

  /** One attempt at a message. @throws {Killed} when it was killed; the message then comes again. */
  async attempt(message: WorldMessage, life: Life, order: (act: string) => Promise<void>): Promise<void> {
    const id = `attempt-${this.#attempts++}`;
    let left = life.calls ?? Number.POSITIVE_INFINITY;
    let killed = false;
    let publishing: readonly PrincipalAlerts[] = [];
    /** Every call to the outside goes through here. */
    const call = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
      await order(name);
      if (killed) throw new Killed();
      left -= 1;
      if (left > 0) return act();
      killed = true;
      if (life.lastOne) await act();
      this.#doubt(publishing);
      throw new Killed();
    };
    const client = new Proxy(this.#table.client, {
      get: (target, key) =>
        key === 'send'
          ? (command: Parameters<DynamoDBClient['send']>[0]) =>
              call(command.constructor.name, () => target.send(command))
          : Reflect.get(target, key, target),
    });
    const table = { ...this.#table, client };
    const now = () => new Date(this.#now++);
    const tell = () =>
      notifyBatch(message.batch, {
        table,
        id,
        now,
        reminderDays: 0,
        compose: async (principals) => {
          const publish = () =>
            call('publish', async () => {
              publishing = principals;
              this.#hear(principals);
            });
          return [{ principals, publish }];
        },
      });
    // Whoever finds somebody else at it fails, and his message comes again.
    const announce = async () => {
      if ((await tell()).busy) throw new Killed();
    };
    if (message.kind === 'close') {
      await announce();
      return;
    }
    const { complete } = await checkChunk(message, {
      table,
      log: { table, days: 400 },
      now,
      hasTime: () => true,
      sendRest: async () => undefined,
      sendSecond: async (second) => void this.queue.push(second),
      sendAgain: async (again) => void this.queue.push(again),
      prepare: async () => {
        const seen = new Map(this.truth);
        await call('read IAM', async () => undefined);
        const check = async (subject: string): Promise<Checked | undefined> => {
          const findings = seen.get(subject);
          return (
            findings && {
              subject,
              arn: `arn:aws:iam::123456789012:${subject}`,
              status: findings.length === 0 ? 'as-expected' : 'findings',
              fingerprint: 'f',
              findings,
            }
          );
        };
        return { check, absent, openingsOfFormer: () => () => [] };
      },
    });
    if (complete) await announce();
  }

  #hear(principals: readonly PrincipalAlerts[]): void {
    this.published += 1;
    for (const { subject, alerts } of principals) {
      const heard = this.#heardOf(subject);
      for (const alert of alerts) {
        const problem = this.#problemOf(alert, heard);
        if (problem !== undefined && !heard.doubtful.has(alert.finding.id)) {
          this.wrong.push(`${subject}: ${alert.kind} ${alert.finding.id} ${problem}`);
        }
        heard.doubtful.delete(alert.finding.id);
        if (alert.kind === 'resolved') heard.open.delete(alert.finding.id);
        else heard.open.set(alert.finding.id, alert.finding);
      }
      heard.changed = false;
    }
  }

  #problemOf({ kind, finding }: Alert, { open, changed }: Heard): string | undefined {
    const before = open.get(finding.id);
    if (kind === 'new') return before && 'was told before';
    if (before === undefined) return 'was never told';
    const same = JSON.stringify(before.actions) === JSON.stringify(finding.actions);
    return kind === 'worse' && same && !changed ? 'is told to be worse, and is the same' : undefined;
  }

  #doubt(principals: readonly PrincipalAlerts[]): void {
    for (const { subject, alerts } of principals) {
      for (const { finding } of alerts) this.#heardOf(subject).doubtful.add(finding.id);
    }
  }

  #heardOf(subject: string): Heard {
    const heard = this.heard.get(subject) ?? { open: new Map(), doubtful: new Set(), changed: false };
    this.heard.set(subject, heard);
    return heard;
  }
}
