import { type AccountChange, applyChanges } from '#lib/account/apply-change.ts';
import { changeCommands } from '#lib/account/change-command.ts';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { compareSeverity } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { Callers } from '#lib/reach/callers.ts';
import { openFindings } from '#lib/report/exit.ts';
import type { Fix } from '#lib/report/fix.ts';
import { actionName, listed, subjectName } from '#lib/words/labels.ts';
import { checkAccount } from '../account.ts';
import { type Checker, createChecker } from '../principal.ts';
import { Survey } from '../survey.ts';
import { withPrincipals } from '../what-if.ts';
import { type Broken, type Candidate, candidatesFor, type EditedDocument } from './candidates.ts';
import { expectedThatIsLost } from './expected-part.ts';
import { sizeProblem } from './policy-sizes.ts';

export interface FixOptions {
  readonly expectations: Expectations;
  readonly guardrails?: Guardrails | undefined;
  /** Ids of the findings to mend; absent: all. */
  readonly ids?: readonly string[] | undefined;
  readonly now?: () => Date;
}

/** What changes of policies can mend. */
const mendable: readonly Finding['kind'][] = ['excess', 'unguarded', 'missing'];

/**
 * The smallest changes of policies that mend findings. Each is made to a copy and checked again: what was found must be
 * gone, nothing else may be found, for nobody, and of what was there and expected nothing may be lost, which is proved.
 *
 * @throws {InputError} for an id that no finding of the account has
 */
export async function fix(account: Account, options: FixOptions): Promise<Fix> {
  const { expectations, guardrails, ids, now = () => new Date() } = options;
  const principals: Principal[] = [];
  for await (const principal of account.principals()) principals.push(principal);
  const check = (all: readonly Principal[]) =>
    checkAccount(withPrincipals(account, all), { expectations, guardrails, now });
  const before = await check(principals);
  const asked = askedFor(openFindings(before.findings), ids);
  const callers = new Callers();
  for (const principal of principals) callers.see(principal);
  const today = now().toISOString().slice(0, 10);
  const repair = new Repair(principals, {
    check: createChecker({ ...options, ...account, callers, today }),
    survey: new Survey({ guardrails, baseline: expectations.baseline, callers }),
    guardrails,
    managedPolicy: account.managedPolicy,
  });
  for (const finding of asked) await repair.mend(finding, asked);
  const after = await check(repair.principals);
  const open = openFindings(after.findings);
  const isLeft = (finding: Finding) => open.some((one) => isPartOf(one, finding));
  const changes = withoutOverwritten(repair.changes);
  return {
    accountId: account.accountId,
    mended: asked.filter((finding) => !isLeft(finding)),
    left: asked.filter(isLeft).map((finding) => ({
      finding,
      why: repair.refusals.get(finding.id) ?? 'no change of policies was found',
    })),
    commands: changeCommands(changes),
    documents: latest(repair.documents),
    open: open.length,
  };
}

function askedFor(open: readonly Finding[], ids: readonly string[] | undefined): readonly Finding[] {
  const sorted = [...open].sort((a, b) => compareSeverity(a.severity, b.severity));
  if (ids === undefined) return sorted;
  const unknown = ids.filter((id) => open.every((finding) => finding.id !== id));
  if (unknown.length > 0) {
    throw new InputError(`there is no open finding ${listed(unknown)}: see the ids in check --format json`);
  }
  return sorted.filter(({ id }) => ids.includes(id));
}

interface RepairOptions {
  readonly check: Checker;
  readonly survey: Survey;
  readonly guardrails: Guardrails | undefined;
  readonly managedPolicy: Account['managedPolicy'];
}

/** An account that is mended finding by finding. */
class Repair {
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
      const { findings, expectation } = await this.#options.check(principal);
      const finding = openFindings(findings).find((one) => !refused.has(one.id) && isPartOf(one, wanted));
      if (finding === undefined || expectation.kind !== 'sets') return;
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
  async #mendOne(broken: Omit<Broken, 'survey'>): Promise<string | undefined> {
    const reasons = new Set<string>();
    for (const candidate of candidatesFor({ ...broken, ...this.#options })) {
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
        (await this.#harm(before, principal)) ??
        (principal.arn === finding.principalArn ? await this.#remains(principal, finding) : undefined);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #remains(principal: Principal, { id }: Finding): Promise<string | undefined> {
    const { findings } = await this.#options.check(principal);
    return findings.some((one) => one.id === id)
      ? 'what its policies can say leaves the finding as it is'
      : undefined;
  }

  /** What a change does to a principal that nobody asked for. */
  async #harm(before: Principal, after: Principal): Promise<string | undefined> {
    const { check, survey, guardrails } = this.#options;
    const [past, present] = [await check(before), await check(after)];
    const known = new Set(past.findings.flatMap(disagreements));
    const fresh = present.findings.filter((one) => disagreements(one).some((each) => !known.has(each)));
    const [worse] = fresh;
    const who = subjectName(after);
    if (worse !== undefined) {
      const names = listed(
        worse.actions.map(({ action }) => actionName(action)),
        3,
      );
      return worse.kind === 'missing'
        ? `it would take from ${who} what is expected: ${names}`
        : `it would leave ${who} with another finding: ${worse.kind} of ${names}`;
    }
    if (past.expectation.kind !== 'sets') return `${who} would change, and is not judged`;
    const lost = expectedThatIsLost(before, after, past.expectation, { survey, guardrails });
    return lost.length === 0
      ? undefined
      : `it would take from ${who} what is expected: ${listed(lost.map(actionName), 3)}`;
  }
}

/** Changes that are made for one finding at most. */
const maxSteps = 12;

/** Whether a finding is about something that another one is about. */
function isPartOf(one: Finding, whole: Finding): boolean {
  const known = new Set(disagreements(whole));
  return one.principalArn === whole.principalArn && disagreements(one).some((each) => known.has(each));
}

const disagreements = ({ kind, actions, summary }: Finding): string[] =>
  actions.length === 0 ? [`${kind} ${summary}`] : actions.map(({ action }) => `${kind} ${action}`);

/** Why nothing can be tried. */
function refusalOf(finding: Finding, principal: Principal | undefined): string | undefined {
  if (!mendable.includes(finding.kind)) {
    const [first] = finding.remedies;
    return `${finding.kind}: not for a change of permission policies to mend${first === undefined ? '' : `. ${first}`}`;
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
  const [unreadable] = principal.unreadable;
  return unreadable === undefined ? undefined : `a part of its policies could not be read: ${unreadable}`;
}

/** Without what a later change writes anew, or takes away. */
function withoutOverwritten(changes: readonly AccountChange[]): AccountChange[] {
  const last = new Map(changes.map((change, at) => [targetOf(change), at]));
  return changes.filter((change, at) => last.get(targetOf(change)) === at);
}

function targetOf(change: AccountChange): string {
  switch (change.kind) {
    case 'put':
    case 'delete':
      return JSON.stringify(['inline', change.holder, change.name]);
    case 'attach':
      return JSON.stringify(['managed', change.holder, change.policy.arn]);
    case 'detach':
      return JSON.stringify(['managed', change.holder, change.policyArn]);
    case 'set-default-version':
      return JSON.stringify(['version', change.policyArn]);
    default:
      return JSON.stringify(change);
  }
}

/** Each document once, as it is in the end, with all that was patched. */
function latest(documents: readonly EditedDocument[]): EditedDocument[] {
  const byPolicy = new Map<string, EditedDocument>();
  for (const document of documents) {
    const key = JSON.stringify([document.policy, document.holder]);
    const before = byPolicy.get(key);
    const isNew = before === undefined ? document.patch === undefined : before.patch === undefined;
    const { patch = [], ...rest } = document;
    byPolicy.set(key, isNew ? rest : { ...rest, patch: [...(before?.patch ?? []), ...patch] });
  }
  return [...byPolicy.values()];
}
