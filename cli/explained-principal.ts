import { accountAt } from '#cli/account-file.ts';
import { guardedSimulation, type Iam, iamOf, poolsOf, type SourceFlags } from '#cli/source.ts';
import { arnParts, parsePrincipalReference } from '#lib/account/arn.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipal } from '#lib/account/named.ts';
import { principalFromIam } from '#lib/account/principal-from-iam.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import type { Denial } from '#lib/change/denial.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { InputError } from '#lib/errors.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { poolsNamedBy } from '#lib/reach/pools.ts';
import { Reach } from '#lib/reach/reach.ts';
import { enteredBy } from '#lib/workbench/refused-entry.ts';
import { whoBecomes, whoIsLetIn } from '#lib/workbench/who-can.ts';

/** A principal, what binds it, and on a real account what asks IAM about it. */
interface ExplainedPrincipal {
  readonly principal: Principal;
  readonly guardrails: Guardrails | undefined;
  readonly simulate?: Simulate;
  /** The principals of its account, where all were read. */
  readonly callers?: Callers;
  /** Who can become it, in words; nobody becomes a user. */
  readonly reachedBy: string | undefined;
}

/**
 * The principal of that name: of a file, where one is given, else of the real account, of which nothing else is read but
 * the identity pools whose guests its trust policy lets in.
 *
 * @throws InputError where there is none
 */
export async function explainedPrincipal(
  name: string,
  flags: SourceFlags,
  given: Guardrails | undefined,
): Promise<ExplainedPrincipal> {
  if (flags.accountDetails !== undefined) return ofFile(flags.accountDetails, name, given);
  const iam = iamOf(flags);
  const { client, pace } = iam;
  const read = await principalFromIam(client, name, { pace });
  const principal =
    read.kind === 'gone' ? await namedPrincipal(await accountFromIam(client, { pace }), name) : read;
  const bounds = await guardedSimulation(arnParts(principal.arn).accountId, iam, given);
  return { principal, ...bounds, reachedBy: await byTrustAlone(principal, bounds.guardrails, iam) };
}

/** Who called AWS and was refused, and the role of which a session was to begin by that. */
interface RefusedCaller {
  /** Undefined: the account has no policies of him. */
  readonly known?: ExplainedPrincipal;
  readonly entered?: Principal | undefined;
  readonly guardrails: Guardrails | undefined;
  /** The account that is looked at. */
  readonly accountId: string;
}

/**
 * Whoever AWS says was refused, as far as the account has him.
 *
 * @throws InputError for a user or role that is not there, and for a call of another account to another one
 */
export async function refusedCaller(
  denial: Denial,
  flags: SourceFlags,
  given: Guardrails | undefined,
): Promise<RefusedCaller> {
  const arn = enteredBy(denial);
  const own = flags.accountDetails && (await accountAt(flags.accountDetails)).accountId;
  const [, , , , callers = ''] = denial.principal.split(':');
  const [, , , , target = ''] = (denial.resource ?? '').split(':');
  const accountId = own ?? (target || callers);
  const isHere = callers === accountId || target !== accountId;
  if (!isPrincipal(denial.principal) || !isHere)
    return { entered: await roleAt(arn, accountId, flags), guardrails: given, accountId };
  const known = await explainedPrincipal(denial.principal, flags, given);
  const { guardrails } = known;
  return { known, entered: await roleAt(arn, accountId, flags), guardrails, accountId };
}

/** Whether a name is of a user, a role, or a session of a role. */
function isPrincipal(name: string): boolean {
  try {
    return parsePrincipalReference(name).name !== '';
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** A role of the account by its ARN; undefined where there is none. */
async function roleAt(
  arn: string | undefined,
  accountId: string,
  flags: SourceFlags,
): Promise<Principal | undefined> {
  if (arn === undefined || arnParts(arn).accountId !== accountId) return undefined;
  if (flags.accountDetails === undefined) {
    const { client, pace } = iamOf(flags);
    const read = await principalFromIam(client, arn, { pace });
    return read.kind === 'role' ? read : undefined;
  }
  const account = await accountAt(flags.accountDetails);
  for await (const one of account.principals()) if (one.arn === arn) return one;
  return undefined;
}

async function ofFile(path: string, name: string, guardrails: Guardrails | undefined) {
  const account = await accountAt(path);
  const principal = await namedPrincipal(account, name);
  const callers = new Callers();
  for await (const one of account.principals()) callers.see(one);
  const admissions = new Admissions(guardrails, new Date().toISOString());
  const reach = new Reach(admissions, callers, account.identityPools);
  const reachedBy = whoBecomes(principal, reach, new Passing(admissions, reach, callers));
  return { principal, guardrails, callers, reachedBy };
}

async function byTrustAlone(principal: Principal, guardrails: Guardrails | undefined, iam: Iam) {
  const admissions = new Admissions(guardrails, new Date().toISOString());
  const asTrusted = new Reach(admissions, new Callers()).waysInto(principal);
  const guests = new Set(asTrusted.flatMap(({ kind, who }) => (kind === 'guests' ? [who] : [])));
  const named = poolsNamedBy(principal).filter((id) => guests.has(id));
  return whoIsLetIn(principal, new Reach(admissions, new Callers(), await poolsOf(named, iam)));
}
