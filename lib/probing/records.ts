import type { Account, Principal } from '#lib/account/types.ts';
import { worstFirst } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { RoleProbe } from '#lib/observe/types.ts';
import { type Batch, finishChunk } from '#lib/outbox/batch.ts';
import { fingerprintOf } from '#lib/outbox/fingerprint.ts';
import { notifyBatch, type ReadyMessage } from '#lib/outbox/notify-batch.ts';
import { remember } from '#lib/outbox/remember.ts';
import { readRecord, updateRecord } from '#lib/outbox/store.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PrincipalRecord, Reading } from '#lib/outbox/types.ts';
import type { PrincipalAlerts } from '#lib/report/alert.ts';
import type { DigestContext } from '#lib/report/digest.ts';
import type { ProbeReport } from '#lib/report/types.ts';
import { notProbedFinding } from './findings.ts';

/** What live calls found of a principal is remembered apart from what the check of its policies found. */
const recordOf = (subject: string): string => `probe/${subject}`;
const alarmRecord = 'probe/alarm';

type ComposeProbed = (
  principals: readonly PrincipalAlerts[],
  context: DigestContext,
) => Promise<readonly ReadyMessage[]>;

export interface ProbeRecordsOptions {
  readonly table: RecordTable;
  readonly account: Pick<Account, 'accountId'>;
  /** ARNs of configured roles that the account does not have. */
  readonly missing: readonly string[];
  readonly steps: {
    readonly expectations: Expectations;
    readonly region: string;
    readonly roleArns: readonly string[];
    readonly reminderDays: number;
    readonly id: string;
    readonly now: () => Date;
  };
}

/** What probing remembers between runs, and what of it the team has been announced. */
export class ProbeRecords {
  readonly #options: ProbeRecordsOptions;
  readonly #startedAt: string;
  readonly #subjects = new Set([alarmRecord]);

  constructor(options: ProbeRecordsOptions) {
    this.#options = options;
    this.#startedAt = options.steps.now().toISOString();
  }

  /** When the alarm was raised that still stops all probing. */
  async alarmSince(): Promise<string | undefined> {
    return (await readRecord(this.#options.table, alarmRecord))?.known[0]?.firstSeen;
  }

  async rememberAlarm(finding: Finding): Promise<void> {
    const readAt = this.#options.steps.now().toISOString();
    const reading = { arn: '', fingerprint: '', status: 'findings', findings: [finding] } as const;
    await this.#write(alarmRecord, () => reading, readAt);
  }

  async forgetAlarm(): Promise<void> {
    await this.#write(alarmRecord, (before) =>
      before === undefined ? undefined : { arn: '', fingerprint: '', status: 'as-expected', findings: [] },
    );
  }

  /**
   * Remembers what was found of the configured roles; what is only asked for by hand is not announced. Answers the
   * report with the configured roles that could not be probed among its findings.
   */
  async remember(report: ProbeReport, principals: readonly Principal[]): Promise<ProbeReport> {
    const { account, missing, steps } = this.#options;
    const configured = new Set(steps.roleArns);
    const added: Finding[] = [];
    for (const probe of report.probes) {
      const principal = principals.find(({ arn }) => arn === probe.arn);
      if (principal === undefined || !configured.has(probe.arn)) continue;
      const expectation = steps.expectations.expectationFor(principal);
      const own = report.findings.filter(
        ({ subject, kind }) => subject === probe.subject && kind !== 'probe-alarm',
      );
      const found =
        probe.notProbed === undefined
          ? own
          : [notProbedFinding(account.accountId, { ...probe, expected: expectation.label }, probe.notProbed)];
      if (probe.notProbed !== undefined) added.push(...found);
      await this.#write(recordOf(probe.subject), (before) => {
        const findings = stillOpen(before, found, probe);
        const open = findings.some(({ suppressed }) => suppressed === undefined);
        const status = probe.notProbed !== undefined ? 'inconclusive' : open ? 'findings' : 'as-expected';
        return { arn: probe.arn, fingerprint: fingerprintOf(principal, expectation), status, findings };
      });
    }
    for (const arn of missing) {
      const subject = `role/${arn.slice(arn.lastIndexOf('/') + 1)}`;
      const finding = notProbedFinding(
        account.accountId,
        { subject, arn },
        `account ${account.accountId} has no role ${arn}`,
      );
      added.push(finding);
      await this.#write(recordOf(subject), () => ({
        arn,
        fingerprint: '',
        status: 'inconclusive',
        findings: [finding],
      }));
    }
    return { ...report, findings: [...report.findings, ...added] };
  }

  /** Announces what is new about everything remembered in this run, in one message. */
  async announce(notes: readonly string[], compose: ComposeProbed): Promise<void> {
    const { table, account, steps } = this.#options;
    const { id, now, reminderDays, region } = steps;
    const batch: Batch = { id: `probe-${id}`, chunks: 1, purpose: 'probe' };
    await finishChunk(table, batch, 0, [...this.#subjects], now());
    const context = {
      accountId: account.accountId,
      region,
      at: now().toISOString(),
      purpose: 'probe',
      notes,
    } as const;
    await notifyBatch(batch, {
      table,
      id,
      now,
      reminderDays,
      compose: async (principals) => {
        const named = principals.map((one) => ({
          ...one,
          subject: one.alerts[0]?.finding.subject ?? one.subject,
        }));
        const messages = await compose(named, context);
        // Back to those of the records.
        return messages.map(({ principals: told, publish }) => ({
          principals: told.flatMap((one) => principals[named.indexOf(one)] ?? []),
          publish,
        }));
      },
    });
  }

  async #write(
    subject: string,
    reading: (
      before: PrincipalRecord | undefined,
    ) => Pick<Reading, 'arn' | 'status' | 'fingerprint' | 'findings'> | undefined,
    readAt = this.#startedAt,
  ): Promise<void> {
    this.#subjects.add(subject);
    await updateRecord(this.#options.table, subject, (before) => {
      const found = reading(before);
      return found && remember(before, { ...found, subject, readAt, changes: [] });
    });
  }
}

/**
 * What was found, with what was known of actions on which the live calls said nothing this time: a throttled call
 * neither resolves a contradiction nor makes it news when it answers again.
 */
function stillOpen(
  before: PrincipalRecord | undefined,
  found: readonly Finding[],
  { answers }: RoleProbe,
): readonly Finding[] {
  const silent = new Set(
    answers.filter(({ decision }) => decision === 'inconclusive').map(({ action }) => action),
  );
  const now = new Map(found.map((finding) => [finding.id, finding]));
  for (const { finding } of before?.known ?? []) {
    const current = now.get(finding.id);
    const has = new Set(current?.actions.map(({ action }) => action));
    const kept = finding.actions.filter(({ action }) => silent.has(action) && !has.has(action));
    if (kept.length === 0) continue;
    now.set(finding.id, {
      ...(current ?? finding),
      actions: worstFirst([...(current?.actions ?? []), ...kept]),
    });
  }
  return [...now.values()];
}
