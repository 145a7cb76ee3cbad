import { type AccountChange, applyChanges } from '#lib/account/apply-change.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import type { PrincipalCheck } from '#lib/check/principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { openFindings } from '#lib/report/exit.ts';
import { actionName, listed, subjectName } from '#lib/words/labels.ts';
import type { Survey } from '../survey.ts';
import { type Broken, candidatesFor } from './candidates.ts';
import { expectedBesideThatIsLost } from './expected-beside.ts';
import { expectedThatIsLost } from './expected-part.ts';
import { indirectCandidates } from './indirect-candidates.ts';
import { sizeProblem } from './policy-sizes.ts';
import { trustCandidates } from './trust-candidates.ts';
import type { Candidate, EditedDocument } from './written-policies.ts';

/** What changes of policies can mend: of those that say what a principal can do, and of those that say who can be it. */
const ofAccess: readonly Finding['kind'][] = ['excess', 'unguarded', 'missing'];
const ofIndirect: readonly Finding['kind'][] = ['indirect'];
const ofTrust: readonly Finding['kind'][] = ['exposed', 'unreachable'];
const isOfTrust = ({ kind }: Finding): boolean => ofTrust.includes(kind);

export interface RepairOptions {
  readonly check: (principal: Principal) => Promise<PrincipalCheck>;
  /** The same with what it can come to. */
  readonly checkIndirect: (principal: Principal) => Promise<PrincipalCheck>;
  readonly survey: Survey;
  readonly guardrails: Guardrails | undefined;
  readonly managedPolicy: Account['managedPolicy'];
}

/** An account that is mended finding by finding. */
export class Repair {
  principals: readonly Principal[];
  readonly changes: AccountChange[] = [];
  readonly documents: EditedDocument[] = [];
  /** Finding → why it is left. */
  readonly refusals = new Map<string, string>();
  readonly #options: RepairOptions;

  constructor(principals: readonly Principal[], options: RepairOptions) {
    this.principals = principals;
    this.#options = options;
  }

  /** Mends a finding, and what stands in its place after a change: the same access by another way. */
  async mend(wanted: Finding, asked: readonly Finding[]): Promise<void> {
    const refused = new Set<string>();
    for (let step = 0; step < maxSteps; step++) {
      const principal = this.principals.find(({ arn }) => arn === wanted.principalArn);
      const refusal = refusalOf(wanted, principal);
      if (principal === undefined || refusal !== undefined) {
        this.refusals.set(wanted.id, refusal ?? 'it is about nobody in the account');
        return;
      }
      const { findings, expectation } = await this.#checkFor(wanted)(principal);
      const finding = openFindings(findings).find((one) => !refused.has(one.id) && isPartOf(one, wanted));
      if (finding === undefined) return;
      const same = openFindings(findings).filter(
        (one) => one.kind === finding.kind && asked.some((whole) => isPartOf(one, whole)),
      );
      const alike = [...new Set(same.flatMap(({ actions }) => actions.map(({ action }) => action)))];
      const problem = await this.#mendOne({ finding, alike, principal, expectation });
      if (problem === undefined) continue;
      refused.add(finding.id);
      this.refusals.set(wanted.id, problem);
    }
  }

  /** Makes the first candidate that serves; else says why none does. */
  async #mendOne(broken: Asked): Promise<string | undefined> {
    const reasons = new Set<string>();
    for (const candidate of await this.#candidatesFor(broken)) {
      const problem = await this.#problemOf(candidate, broken.finding);
      if (problem === undefined) {
        this.principals = applyChanges(this.principals, candidate.changes);
        this.changes.push(...candidate.changes);
        this.documents.push(...candidate.documents);
        return undefined;
      }
      reasons.add(problem);
    }
    const [reason = 'no change of the policies of this account would mend it'] = reasons;
    return reason;
  }

  /** What a principal comes to matters only where that is to be mended: it is found once less is plainly allowed. */
  #checkFor({ kind }: Finding): RepairOptions['check'] {
    return kind === 'indirect' ? this.#options.checkIndirect : this.#options.check;
  }

  async #candidatesFor({ finding, principal, expectation, alike }: Asked): Promise<Iterable<Candidate>> {
    if (finding.kind === 'indirect')
      return indirectCandidates(finding, principal, this.principals, this.#options.checkIndirect);
    if (isOfTrust(finding)) return trustCandidates(finding, principal, expectation);
    if (expectation.kind !== 'sets') return [];
    return candidatesFor({ finding, principal, expectation, alike, ...this.#options });
  }

  /** Why a candidate is not to be made; undefined: it mends the finding and harms nothing. */
  async #problemOf({ changes }: Candidate, finding: Finding): Promise<string | undefined> {
    const after = applyChanges(this.principals, changes);
    const changed = after.flatMap((principal, at) => {
      const before = this.principals[at];
      return before === undefined || before === principal ? [] : [{ before, principal }];
    });
    if (changed.length === 0) return 'no change of the policies of this account would mend it';
    for (const { before, principal } of changed) {
      const problem =
        sizeProblem(principal) ??
        (await this.#harm(before, principal, finding)) ??
        (principal.arn === finding.principalArn
          ? await this.#remains(before, principal, finding)
          : undefined);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #remains(before: Principal, after: Principal, wanted: Finding): Promise<string | undefined> {
    const check = this.#checkFor(wanted);
    const { findings } = await check(after);
    const open = findings.filter(({ suppressed }) => suppressed === undefined);
    if (open.some(({ id, kind }) => id === wanted.id || (kind === 'indirect' && kind === wanted.kind)))
      return 'what its policies can say leaves the finding as it is';
    if (wanted.kind !== 'indirect') return undefined;
    const left = new Set(findings.map(({ id }) => id));
    const taken = (await check(before)).findings.some(
      ({ id, kind, suppressed }) => kind === 'indirect' && suppressed !== undefined && !left.has(id),
    );
    return taken ? 'it would take what somebody has accepted that it can come to' : undefined;
  }

  /** What a change does to a principal that nobody asked for. */
  async #harm(before: Principal, after: Principal, wanted: Finding): Promise<string | undefined> {
    const { survey, guardrails } = this.#options;
    const check = this.#checkFor(wanted);
    const [past, present] = [await check(before), await check(after)];
    const known = new Set(past.findings.flatMap(disagreements));
    const fresh = present.findings.filter((one) => disagreements(one).some((each) => !known.has(each)));
    const [worse] = fresh;
    const who = subjectName(after);
    if (worse !== undefined && isOfTrust(worse) && before.trust === after.trust) return openedTo(worse);
    if (worse !== undefined) {
      const names = listed(
        worse.actions.map(({ action }) => actionName(action)),
        3,
      );
      if (names === '') return `it would leave ${who} with another finding: ${worse.summary}`;
      return worse.kind === 'missing'
        ? `it would take from ${who} what is expected: ${names}`
        : `it would leave ${who} with another finding: ${worse.kind} of ${names}`;
    }
    if (before.trust !== after.trust) return undefined;
    if (past.expectation.kind !== 'sets') return `${who} would change, and is not judged`;
    const lost = [
      ...expectedThatIsLost(before, after, past.expectation, { survey, guardrails }),
      ...expectedBesideThatIsLost(before, after, past.expectation, guardrails),
    ];
    return lost.length === 0
      ? undefined
      : `it would take from ${who} what is expected: ${listed(lost.map(actionName), 3)}`;
  }
}

/** Why access is refused to a role that somebody can assume whom nobody expected, and what a person may do. */
const openedTo = ({ summary }: Finding): string =>
  `refused while ${summary.replace(/\.$/, '')}. Narrow its trust policy first, or name in "assumed-by" whom it is ` +
  'meant for; then run fix again';

/** A finding to be mended. */
interface Asked extends Pick<Broken, 'finding' | 'alike' | 'principal'> {
  readonly expectation: Expectation;
}

/** Changes that are made for one finding at most. */
const maxSteps = 12;

/** Whether a finding is about something that another one is about. */
export function isPartOf(one: Finding, whole: Finding): boolean {
  const known = new Set(disagreements(whole));
  return one.principalArn === whole.principalArn && disagreements(one).some((each) => known.has(each));
}

const disagreements = ({ kind, actions, summary }: Finding): string[] =>
  actions.length === 0 ? [`${kind} ${summary}`] : actions.map(({ action }) => `${kind} ${action}`);

/** Why nothing can be tried. */
function refusalOf(finding: Finding, principal: Principal | undefined): string | undefined {
  if (![...ofAccess, ...ofIndirect, ...ofTrust].includes(finding.kind)) {
    const [first] = finding.remedies;
    return `${finding.kind}: not for a change of these policies to mend${first === undefined ? '' : `. ${first}`}`;
  }
  if (principal === undefined) return undefined;
  if (principal.path.startsWith('/aws-reserved/')) {
    return 'IAM Identity Center makes this role: change its permission set';
  }
  const layers = finding.actions.flatMap(({ evidence }) => evidence.map(({ blockedBy }) => blockedBy));
  const above = layers.find((layer) => layer === 'scp' || layer === 'rcp');
  if (finding.kind === 'missing' && above !== undefined) {
    return `an ${above.toUpperCase()} of the organization stops it, which no policy of the account can change`;
  }
  if (finding.kind === 'missing' && layers.includes('endpoint')) {
    return 'the policy of a VPC endpoint stops it, which no policy of IAM can change';
  }
  const [unreadable] = principal.unreadable;
  return unreadable === undefined ? undefined : `a part of its policies could not be read: ${unreadable}`;
}
