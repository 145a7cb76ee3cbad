import type { PolicySource } from '@permission-check/iam-policy';
import { type AccountChange, applyChanges, type Holder } from '#lib/account/apply-change.ts';
import { changeCommands } from '#lib/account/change-command.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import type { Finding } from '#lib/compare/types.ts';
import { awsCommand } from '#lib/words/aws-command.ts';
import { listed } from '#lib/words/labels.ts';
import type { Access } from './access.ts';
import { silence } from './edited-bindings.ts';
import type { PolicyTexts } from './policy-edits.ts';
import { takenBack } from './undo-inline.ts';

/** What takes back an edit that an event tells of. */
interface Reversal {
  readonly change: AccountChange;
  readonly commands: readonly string[];
  /** What it leaves as it is, in words; absent: nothing that is known. */
  readonly extent?: string | undefined;
}

export interface UndoSteps extends PolicyTexts {
  /** As it is after the events. */
  readonly principal: Principal;
  /** What it could do before them; absent where nobody knows. */
  readonly past: Access | undefined;
  /** The text of its trust policy before them; absent where nobody knows. */
  readonly pastTrust?: string | undefined;
  /** What the documents show of the principal with other policies: IAM's simulation knows only those that it has. */
  readonly findingsOf: (principal: Principal) => Promise<readonly Finding[]>;
}

/** What a principal was before some changes, as far as it is known. */
export type Before = Pick<UndoSteps, 'past' | 'pastTrust'>;

/** The newest edits that are tried. */
const MOST = 5;

/**
 * Findings with the command that takes the event back, where one led to them. It is tried on a copy of the principal: the
 * finding must be gone, and nothing else may be found; else the remedies of the finding stay as they are.
 */
export async function withEventUndo(
  findings: readonly Finding[],
  changes: readonly Change[],
  steps: UndoSteps,
): Promise<readonly Finding[]> {
  const reversals = [...changes]
    .sort((a, b) => (a.time < b.time ? 1 : -1))
    .flatMap((change) => {
      const reversal = isOfTrust(change) ? ofTrust(steps) : change.edit && reversalOf(change.edit, steps);
      return reversal === undefined ? [] : [{ of: [change], all: [reversal] }];
    })
    .slice(0, MOST);
  const together =
    reversals.length < 2
      ? []
      : [{ of: reversals.flatMap(({ of }) => of), all: reversals.flatMap(({ all }) => all) }];
  if (reversals.length === 0) return findings;
  const now = await steps.findingsOf(steps.principal);
  // Others rest on more than the documents: their end does not show.
  const shownNow = new Set(now.map(({ id }) => id));
  const shown = [...findings, ...now];
  const known = new Set(shown.map(({ id }) => id));
  const tried = await Promise.all(
    [...reversals, ...together].map(async (one) => ({
      ...one,
      left: await leftAfter(one.all, shown, steps),
    })),
  );
  return findings.map((finding) => {
    const undo = tried.find(
      ({ left }) => left !== undefined && !left.some((one) => isStill(finding, one, known)),
    );
    if (undo === undefined || !shownNow.has(finding.id)) return finding;
    const commands = undo.all.flatMap((reversal) => reversal.commands);
    if (commands.every((command) => finding.remedies.includes(command))) return finding;
    const what = undo.of.map((change) => change.what).join('; ');
    const extents = [...new Set(undo.all.flatMap(({ extent }) => extent ?? []))];
    const header = [`Take back what was done (${what})`, ...extents].join(', ');
    return { ...finding, remedies: [`${header}:`, ...commands] };
  });
}

/** Whether a change is of who can assume a role. */
export const isOfTrust = ({ eventName }: Change): boolean => eventName === 'UpdateAssumeRolePolicy';

/**
 * Whether a finding is still there after something was taken back: it, or what has it from another cause, which has an
 * identity of its own.
 */
function isStill(finding: Finding, left: Finding, known: ReadonlySet<string>): boolean {
  if (left.id === finding.id) return true;
  const said = new Set(disagreements(finding));
  return !known.has(left.id) && disagreements(left).some((one) => said.has(one));
}

/** What is still found; undefined where something else would be. */
async function leftAfter(
  reversals: readonly Reversal[],
  shown: readonly Finding[],
  { principal, findingsOf }: UndoSteps,
): Promise<readonly Finding[] | undefined> {
  const [after] = applyChanges(
    [principal],
    reversals.map(({ change }) => change),
  );
  if (after === undefined || after === principal) return undefined;
  const left = await findingsOf(after);
  const known = new Set(shown.flatMap(disagreements));
  return left.some((one) => disagreements(one).some((each) => !known.has(each))) ? undefined : left;
}

const disagreements = ({ kind, actions, summary }: Finding): readonly string[] =>
  actions.length === 0 ? [`${kind} ${summary}`] : actions.map(({ action }) => `${kind} ${action}`);

const same = (a: string | undefined, b: string | undefined): boolean =>
  (a ?? '').toLowerCase() === (b ?? '').toLowerCase();

/** What takes an edit back; undefined where what there was before is not known. */
function reversalOf(edit: PolicyEdit, steps: UndoSteps): Reversal | undefined {
  const { principal, past, policyOf, groupPoliciesOf } = steps;
  const own = { kind: principal.kind, name: principal.name };
  switch (edit.act) {
    case 'attach':
      return made({ kind: 'detach', holder: holderOf(edit, own), policyArn: edit.arn });
    case 'detach': {
      const policy = policyOf(edit.arn);
      return policy && made({ kind: 'attach', holder: holderOf(edit, own), policy });
    }
    case 'put':
      return ofInline(edit, principal, past);
    case 'delete': {
      const before = inlineOf(past?.policies, edit);
      if (before === undefined) return undefined;
      const { name, text } = before;
      return made({ kind: 'put', holder: holderOf(edit, own), name, text }, ABOUT_REKOGNITION);
    }
    case 'version':
      return toVersion(edit.arn, principal, past);
    case 'bound':
    case 'unbound':
      return ofBoundary(own, past);
    case 'join':
      return own.kind === 'user'
        ? made({ kind: 'remove-from-group', user: own.name, group: edit.group })
        : undefined;
    case 'tag':
    case 'hidden':
    case 'untag':
    case 'create':
    case 'trust':
      return undefined;
    case 'leave': {
      const policies = groupPoliciesOf(edit.group);
      return policies && made({ kind: 'add-to-group', user: own.name, group: edit.group, policies });
    }
  }
}

const made = (change: AccountChange, extent?: string): Reversal => ({
  change,
  commands: changeCommands([change]),
  extent,
});

/** Of a document only that is remembered. */
const ABOUT_REKOGNITION = 'as far as it was about Rekognition';

const holderOf = ({ group }: { readonly group?: string | undefined }, own: Holder): Holder =>
  group === undefined ? own : { kind: 'group', name: group };

const inlineOf = (
  policies: readonly PolicySource[] | undefined,
  { name, group }: { readonly name: string; readonly group?: string | undefined },
): PolicySource | undefined =>
  policies?.find((policy) => policy.type === 'inline' && policy.name === name && same(policy.group, group));

/** An inline policy as it was, as far as Rekognition goes; what it says of other services by now stays. */
function ofInline(
  edit: Extract<PolicyEdit, { act: 'put' }>,
  { kind, name: holderName, policies }: Principal,
  past: Access | undefined,
): Reversal | undefined {
  const now = inlineOf(policies, edit);
  if (past === undefined || now === undefined) return undefined;
  const before = inlineOf(past.policies, edit);
  const { text, out } = takenBack(now.text, before?.text) ?? { out: undefined };
  if (out === undefined) return undefined;
  const holder = holderOf(edit, { kind, name: holderName });
  const { name } = now;
  if (text === undefined) return made({ kind: 'delete', holder, name });
  const without =
    out.length === 0
      ? ''
      : `: take ${out.length === 1 ? 'statement' : 'statements'} ${listed(out.map(String))} out`;
  return made({ kind: 'put', holder, name, text }, `${ABOUT_REKOGNITION}${without}`);
}

/** The version that was the default one before is still stored, and becomes it again. */
function toVersion(arn: string, principal: Principal, past: Access | undefined): Reversal | undefined {
  const ofArn = (policy: PolicySource | undefined) => same(policy?.arn, arn);
  const now = [...principal.policies, principal.boundary].find(ofArn);
  const before = [...(past?.policies ?? []), past?.boundary].find(ofArn) ?? silentBefore(arn, past);
  if (before?.versionId === undefined || now?.arn === undefined || now.versionId === before.versionId) {
    return undefined;
  }
  const { versionId, text } = before;
  return {
    change: { kind: 'set-default-version', policyArn: now.arn, versionId, text },
    commands: [
      awsCommand('iam set-default-policy-version', { 'policy-arn': now.arn, 'version-id': versionId }),
    ],
  };
}

/** The version of a policy that said nothing of Rekognition. */
function silentBefore(
  arn: string,
  past: Access | undefined,
): Pick<PolicySource, 'versionId' | 'text'> | undefined {
  const [, versionId] = Object.entries(past?.silent ?? {}).find(([one]) => same(one, arn)) ?? [];
  return versionId === undefined ? undefined : { versionId, text: silence };
}

function ofBoundary(
  principal: Pick<Principal, 'kind' | 'name'>,
  past: Access | undefined,
): Reversal | undefined {
  if (past === undefined) return undefined;
  const { boundary: policy } = past;
  return made(
    policy === undefined
      ? { kind: 'delete-boundary', principal }
      : { kind: 'put-boundary', principal, policy },
  );
}

function ofTrust({ principal: { name, trust }, pastTrust: text }: UndoSteps): Reversal | undefined {
  if (trust === undefined || text === undefined || text === trust.text) return undefined;
  return made({ kind: 'put-trust', role: name, policy: { ...trust, text } });
}
