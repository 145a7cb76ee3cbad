import type { Guardrails } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import { CompiledSets } from '#lib/check/policy-sets.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding, FindingAction } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { ABOVE, type PlannedPrincipal, sourceKey } from '#lib/iac/planned-principal.ts';
import type { Source } from '#lib/iac/types.ts';
import type { Outlook, World } from '#lib/iac/worlds.ts';
import { actionName, listed } from '#lib/words/labels.ts';
import { type ExpectedOf, isAnswered, isJudged, tooMuch, type Version, versionsOf } from './plan-versions.ts';

/** What is found of a principal as it is in one world. */
export type Find = (planned: PlannedPrincipal, expected?: Expectation) => Promise<readonly Finding[]>;

/**
 * Judges a principal in every way that a deployment may turn out: what is found in all of them is found; what is found
 * in some is inconclusive, and says what it depends on. So nothing that is unknown makes anybody safe. The same holds
 * for what it may be expected to do.
 *
 * @param expectedOf what somebody may be expected to do; absent: it is held against something else
 * @returns undefined where there is no such principal in any world.
 */
export function createWorldJudge(
  worlds: readonly World[],
  guardrails: Guardrails | undefined,
  expectedOf?: ExpectedOf,
): (outlook: Outlook, find: Find) => Promise<readonly Finding[] | undefined> {
  const sets = new CompiledSets(guardrails);
  return async ({ after }, find) => {
    const versions = versionsOf(worlds, after, sets, expectedOf);
    const [first] = versions;
    if (first === undefined) return undefined;
    const judged: Judged[] = [];
    for (const version of versions) {
      judged.push({ version, findings: await find(version.planned, version.expected) });
    }
    const [one] = judged;
    // Somebody who is not there in a usual world does nothing there.
    const always = worlds.every(({ usual }, index) => !usual || after[index] !== undefined);
    const only = judged.length === 1 && always ? one : undefined;
    const findings = only?.findings ?? merged(judged, always, sets).map((one) => acceptable(one, versions));
    return findings
      .filter((finding) => isSeen(finding, first.planned))
      .map((finding) => located(finding, versions));
  };
}

/** What accepts a finding is a rule above the one that decided: above all that may decide, it decides. */
function acceptable(finding: Finding, versions: readonly Version[]): Finding {
  const lines = versions.flatMap(({ expected }) => expected?.rule?.line ?? Infinity);
  const isFirst = lines.every((line) => (finding.expectedBy?.line ?? Infinity) <= line);
  if (isFirst) return finding;
  const { accept: _, acceptance: __, ...rest } = finding;
  return rest;
}

/** The principal as it is told about: as the usual reading leaves it. */
export function shownOf(worlds: readonly World[], { after }: Outlook): PlannedPrincipal | undefined {
  const usual = after.find((planned, index) => planned !== undefined && worlds[index]?.usual);
  return usual ?? after.find((planned) => planned !== undefined);
}

interface Judged {
  readonly version: Version;
  readonly findings: readonly Finding[];
}

/** Whoever is only named by a plan may have from elsewhere what the plan does not give. */
const isSeen = ({ kind }: Finding, { partial }: PlannedPrincipal): boolean => !partial || !isMissing(kind);

const isMissing = (kind: Finding['kind']): boolean => kind === 'missing' || kind === 'access-lost';

/** Findings that hold in every usual world; and for those that hold in some world, that it is not settled. */
function merged(judged: readonly Judged[], always: boolean, sets: CompiledSets): Finding[] {
  const usual = judged.filter(({ version }) => version.usual);
  const certain = new Map<string, Finding>();
  const possible = new Map<string, Possible>();
  const told = new Set<string>();
  const take = (finding: Finding, version: Version) => {
    const { kind } = finding;
    const answered = (action: FindingAction) => usual.every((one) => isAnswered(kind, action, one.version));
    const judgedSo = (action: FindingAction) =>
      usual.every((one) => isJudged(kind, action, version, one.version, sets));
    const everywhere = (action: FindingAction) => always && answered(action) && judgedSo(action);
    const settled = finding.actions.filter((action) => version.usual && everywhere(action));
    const fresh = settled.filter(({ action }) => !told.has(`${finding.kind} ${action}`));
    if (fresh.length > 0 && !certain.has(finding.id)) {
      certain.set(finding.id, { ...finding, actions: fresh, severity: severityOf(finding, fresh) });
    }
    const others = finding.actions.filter((action) => !everywhere(action));
    for (const sure of [true, false]) {
      // What it can do is known of some, and only whether that is expected is not.
      const some = others.filter((action) => (always && version.usual && answered(action)) === sure);
      const asked = some.some((action) => !judgedSo(action));
      if (some.length > 0) note(possible, { from: finding, version, actions: some, sure, asked });
    }
    return fresh.map(({ action }) => `${finding.kind} ${action}`);
  };
  // What is too much is told from where least is granted, what is missing from where most is.
  for (const { findings, version } of judged) {
    const now = findings.filter(({ kind }) => tooMuch(kind)).flatMap((finding) => take(finding, version));
    for (const one of now) told.add(one);
  }
  for (const { findings, version } of [...usual].reverse()) {
    const now = findings.filter(({ kind }) => isMissing(kind)).flatMap((finding) => take(finding, version));
    for (const one of now) told.add(one);
  }
  const others = usual.flatMap(({ findings }) =>
    findings
      .filter(({ kind }) => !isMissing(kind) && !tooMuch(kind) && !isAboutReach(kind))
      .map((one) => [one.id, one] as const),
  );
  return [
    ...certain.values(),
    ...new Map(others).values(),
    ...reachOver(judged),
    ...[...possible.values()].map(unsettled),
  ];
}

/** What is found of it as a whole, and not by the answers to its requests. */
const isAboutReach = (kind: Finding['kind']): boolean =>
  kind === 'exposed' || kind === 'unreachable' || kind === 'indirect';

/** Who can act as the principal in every usual world is found; of who can in some, it is not settled. */
function reachOver(judged: readonly Judged[]): Finding[] {
  const usual = judged.filter(({ version }) => version.usual);
  const found = new Map<string, Finding>();
  for (const { findings, version } of judged) {
    for (const finding of findings.filter(({ kind }) => isAboutReach(kind))) {
      const everywhere = usual.every((one) => one.findings.some(({ id }) => id === finding.id));
      if (found.has(finding.id)) continue;
      found.set(finding.id, everywhere ? finding : dependentReach(finding, version));
    }
  }
  return [...found.values()];
}

function dependentReach(finding: Finding, version: Version): Finding {
  const { accept: _, acceptance: __, ...kept } = finding;
  const names = [...new Set([...dependsOn({ ...finding, by: [] }, version), ...version.asks])];
  return {
    ...kept,
    kind: 'inconclusive',
    summary: `${finding.summary} That depends on ${listed(names, 4)}.`,
    remedies: [settlingRemedy(version, names)],
  };
}

/** A finding of some worlds. */
interface Doubt {
  readonly from: Finding;
  readonly version: Version;
  readonly actions: readonly FindingAction[];
  /** What it can do is known; only what is expected is not. */
  readonly sure: boolean;
  /** What is expected is not known. */
  readonly asked: boolean;
}

/** A finding of some worlds, and what it depends on. */
interface Possible extends Doubt {
  readonly actions: FindingAction[];
  readonly names: readonly string[];
}

function severityOf({ kind, severity }: Finding, actions: readonly FindingAction[]): Finding['severity'] {
  return isMissing(kind) ? severity : worst(actions.map((one) => one.severity));
}

function note(possible: Map<string, Possible>, doubt: Doubt): void {
  const { from, version, actions, sure, asked } = doubt;
  const names = [
    ...new Set([...(sure ? [] : dependsOn(from, version)), ...(asked && version.usual ? version.asks : [])]),
  ];
  const key = JSON.stringify([tooMuch(from.kind), names, sure, from.suppressed?.location.line]);
  const known = possible.get(key);
  if (known === undefined) {
    possible.set(key, { ...doubt, actions: [...actions], names });
    return;
  }
  const there = new Set(known.actions.map(({ action }) => action));
  known.actions.push(...actions.filter(({ action }) => !there.has(action)));
}

/** What has to be known: the unknown parts of the policies that do it, else all that bears on the principal. */
function dependsOn(finding: Finding, { planned, worlds, usual }: Version): string[] {
  if (!usual) return [...new Set(worlds.flatMap(({ label }) => label ?? []))].slice(0, 1);
  const of = (key: string) => [...(planned.unknowns.get(key) ?? [])];
  const own = finding.by.flatMap(({ policy }) => of(sourceKey(policy)));
  const all = [...planned.unknowns.values()].flatMap((names) => [...names]);
  const labels = worlds.flatMap(({ label }) => label ?? []);
  const found = own.length > 0 ? [...own, ...of(ABOVE)] : all;
  return [...new Set(found.length > 0 ? found : labels)].sort();
}

/** What some value of the unknown would do, and nobody can rule out. */
function unsettled(possible: Possible): Finding {
  const { from, version, actions, names, sure } = possible;
  const { by, scope: _s, when: _w, remedies: _r, accept: _a, acceptance: _, ...kept } = from;
  const much = tooMuch(from.kind);
  const accountId = (from.principalArn ?? '').split(':')[4] ?? '';
  return {
    ...kept,
    id: findingId(accountId, from.principalArn ?? from.subject, 'inconclusive', [
      'planned',
      String(much),
      ...(sure ? ['expected'] : []),
      ...names,
    ]),
    kind: 'inconclusive',
    severity: much ? worst(actions.map(({ severity }) => severity)) : 'medium',
    actions,
    by,
    summary: unsettledWords(possible),
    remedies: [sure ? namingRemedy(possible) : settlingRemedy(version, names)],
  };
}

function unsettledWords({
  from: { kind },
  version: { usual, planned },
  actions,
  names,
  sure,
}: Possible): string {
  const much = tooMuch(kind);
  const past = kind === 'access-gained' || kind === 'access-lost';
  const spoken = actions.map(({ action }) => actionName(action));
  const what =
    spoken.length > 3 ? `${spoken.length} actions (${listed(spoken.slice(0, 3))} …)` : listed(spoken);
  const depends = listed(names, 4);
  const unlike = past
    ? `which was ${much ? 'not ' : ''}possible before`
    : `which is ${much ? 'not ' : ''}expected`;
  if (sure) {
    const known = isShown(planned) ? 'known only after the deployment' : 'which the plan does not show';
    return `${much ? 'Can' : 'Cannot use'} ${what}; whether that is expected depends on ${depends}, ${known}.`;
  }
  if (!usual) return `With ${depends}, ${what} would be allowed, ${unlike}.`;
  const lacks = past ? 'lose' : 'lack';
  return `May ${much ? 'be allowed' : lacks} ${what}, ${unlike}: that depends on ${depends}, known only after the deployment.`;
}

/** Whether what is not known of it is what the deployment makes. */
const isShown = ({ partial, principal }: PlannedPrincipal): boolean =>
  !partial && principal.open?.anyAccount !== true;

function namingRemedy({ from: { subject }, version: { planned } }: Possible): string {
  const elsewhere = planned.partial ? '--account-details' : '--account-id';
  const settled = isShown(planned)
    ? 'write the value out in the plan, or check the account after the deployment'
    : `or say it with ${elsewhere}`;
  return `Write a rule for ${subject} above those of the expectations that ask for it, ${settled}.`;
}

function settlingRemedy({ usual }: Version, names: readonly string[]): string {
  return usual
    ? `Write ${names.length === 1 ? 'the value' : 'the values'} out in the plan (a name or an ARN in place of the reference), or check the account after the deployment.`
    : `Choose the value that is deployed (--parameter ${listed(names, 4)}), or accept what it allows.`;
}

/** The finding with the places where what does it is declared, and what to do there instead of in AWS. */
function located(finding: Finding, versions: readonly Version[]): Finding {
  const ofPolicies = versions.flatMap(({ planned }) =>
    finding.by.flatMap(({ policy }) => planned.sources.get(sourceKey(policy)) ?? []),
  );
  const declared = ofPolicies.length > 0;
  const sources = declared ? ofPolicies : versions.flatMap(({ planned }) => planned.source ?? []);
  const declaredIn = [...new Map(sources.map((source) => [source.address, source])).values()];
  if (declaredIn.length === 0) return finding;
  const where = listed(declaredIn.map(placeWords), 3);
  const commands = finding.remedies.filter((remedy) => remedy.startsWith('aws '));
  const lacks = isMissing(finding.kind);
  const instead = lacks
    ? `Declare what is missing beside ${where}.`
    : `Take it out of ${where}, or narrow it there, before it is deployed.`;
  const replace = commands.length > 0 && (declared || lacks);
  return {
    ...finding,
    declaredIn,
    summary: `${finding.summary} Declared in ${where}.`,
    remedies: replace
      ? [...finding.remedies.filter((remedy) => !remedy.startsWith('aws ')), instead]
      : finding.remedies,
  };
}

/** `aws_iam_role_policy.analyst (main.tf:41)`. */
export function placeWords({ address, file, line }: Source): string {
  if (file === undefined) return address;
  return `${address} (${file}${line === undefined ? '' : `:${line}`})`;
}
