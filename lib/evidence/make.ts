import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import type { JsonReport } from '#lib/report/json.ts';
import { accountText, readAccountText } from './account-text.ts';
import { RecordedAnswers, replayedAnswers } from './answers.ts';
import { type Control, controlsText, defaultControls } from './controls.ts';
import { conclusions, type Judged, type Judging, judge } from './judge.ts';
import { judgedStatements } from './judged.ts';
import { SEAL, sealed } from './manifest.ts';
import { type Snapshot, snapshotHash } from './snapshot.ts';
import { differences } from './statements.ts';

export const ACCOUNT = 'account.json';
export const ANSWERS = 'simulated.json';
export const EXPECTATIONS = 'expectations.yaml';
export const CONTROLS = 'controls.json';

export interface EvidenceOptions extends Judging {
  readonly guardrails?: Guardrails | undefined;
  /** Asks IAM; absent: the documents alone are evaluated. */
  readonly simulate?: Simulate | undefined;
  /** Absent: the ones that ship with the program. */
  readonly controls?: readonly Control[] | undefined;
}

export interface MadeEvidence {
  readonly report: JsonReport;
  /** Name and text of each file. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of the manifest: what to keep elsewhere. */
  readonly seal: string;
}

/**
 * Checks an account, and makes the files that prove what was found: all that was judged, and all that follows from it.
 * They have been verified by the time they are returned.
 *
 * @throws InputError where the expectations have errors, AccessError where IAM refuses
 */
export async function makeEvidence(account: Account, options: EvidenceOptions): Promise<MadeEvidence> {
  const { guardrails, simulate, controls = defaultControls } = options;
  const snapshot: Snapshot = { ...(await snapshotOf(account)), guardrails };
  const recorded = new RecordedAnswers();
  const judged = await judge(snapshot, options, simulate && recorded.recording(simulate));
  const answers = simulate === undefined ? undefined : recorded.text();
  const { json, files } = conclusions(judged, snapshot, controls);
  const text = await sufficientText(snapshot, judged, json, options, answers);
  const all = {
    ...files,
    [ACCOUNT]: text,
    [CONTROLS]: controlsText(controls),
    ...(answers === undefined ? {} : { [ANSWERS]: answers }),
    ...(options.expectations === undefined ? {} : { [EXPECTATIONS]: options.expectations.text }),
  };
  const manifest = sealed(
    {
      program: json.program,
      catalogue: json.catalogue,
      accountId: json.accountId,
      startedAt: options.startedAt,
      seconds: json.run.seconds,
      region: options.region,
      expectations: options.expectations?.name,
      input: options.input,
      snapshot: { sha256: snapshotHash(snapshot), principals: snapshot.principals.length },
    },
    all,
  );
  return { report: json, files: { ...all, ...manifest }, seal: manifest[SEAL]?.slice(0, 64) ?? '' };
}

export async function snapshotOf(account: Account): Promise<Snapshot> {
  const principals: Principal[] = [];
  for await (const principal of account.principals()) principals.push(principal);
  const { accountId, partition, identityPools } = account;
  const groups = [...(account.groups?.() ?? [])];
  const otherVersions = [...(account.otherVersions?.() ?? [])];
  const managed = [...(account.managedPolicies?.() ?? [])];
  const managedPolicies = managed.filter(({ type }) => type === 'customer-managed');
  return {
    accountId,
    partition,
    principals,
    ...(groups.length > 0 && { groups }),
    ...(otherVersions.length > 0 && { otherVersions }),
    ...(managedPolicies.length > 0 && { managedPolicies }),
    ...(identityPools && { identityPools }),
  };
}

/** The text of a snapshot with the statements about other services left out. */
export function judgedText(snapshot: Snapshot, services: ReadonlySet<string>): string {
  const judged = judgedStatements(services);
  const { principals, groups, otherVersions, managedPolicies } = snapshot;
  return accountText({
    ...snapshot,
    principals: principals.map((one) => judged.principal(one)),
    ...(groups && {
      groups: groups.map((one) => ({ ...one, policies: one.policies.map(judged.policy) })),
    }),
    ...(otherVersions && { otherVersions: otherVersions.map(judged.policy) }),
    ...(managedPolicies && { managedPolicies: managedPolicies.map(judged.policy) }),
  });
}

/** What is enough to judge the same: without the statements that nobody reads, unless one of them made a difference. */
async function sufficientText(
  snapshot: Snapshot,
  judged: Judged,
  json: JsonReport,
  judging: Judging,
  answers: string | undefined,
): Promise<string> {
  for (const text of [judgedText(snapshot, servicesExpected(snapshot, judged)), accountText(snapshot)]) {
    const again = await judge(
      readAccountText(text),
      judging,
      answers === undefined ? undefined : replayedAnswers(answers),
    );
    const { json: replayed } = conclusions(again, snapshot, []);
    if (differences(json, replayed).length === 0) return text;
  }
  throw new Error('the evidence does not lead to its own conclusions');
}

/** The services that expected policies speak of. */
export function servicesExpected({ principals }: Snapshot, { expectations }: Judged): ReadonlySet<string> {
  const expected = new Set(principals.map((one) => expectations.expectationFor(one)));
  const texts = [...expected].flatMap((one) => (one.kind === 'sets' ? one.policies : []));
  return new Set(
    texts.flatMap(({ text }) =>
      [...text.matchAll(/"([a-z0-9-]+):/gi)].map(([, service = '']) => service.toLowerCase()),
    ),
  );
}
