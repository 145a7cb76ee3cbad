import { existsSync } from 'node:fs';
import { PolicyError } from '@permission-check/iam-policy';
import { Command, Option } from 'commander';
import { readContext } from '#cli/context-flags.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom, textOf } from '#cli/expectations-file.ts';
import { explainedPrincipal, refusedCaller } from '#cli/explained-principal.ts';
import { guardrailsOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, findAction } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { type Denial, readDenial } from '#lib/change/denial.ts';
import { InputError } from '#lib/errors.ts';
import { isOpen, renderDenial } from '#lib/report/denial.ts';
import type { DenialAnswer } from '#lib/report/denial-answer.ts';
import { type Explanation, renderExplanation } from '#lib/report/explain.ts';
import { type ExplainAnswer, explainJson } from '#lib/report/explain-json.ts';
import { wrap } from '#lib/report/wrap.ts';
import { escapeText } from '#lib/words/escape.ts';
import { subjectName } from '#lib/words/labels.ts';
import { explain } from '#lib/workbench/explain.ts';
import { type DenialOptions, explainDenial } from '#lib/workbench/explain-denial.ts';
import { strangersDenial } from '#lib/workbench/strangers-denial.ts';

interface ExplainFlags extends SourceFlags {
  readonly error?: string;
  readonly resource?: string;
  readonly context?: string[];
  readonly format: 'text' | 'json';
}

/** `explain PRINCIPAL ACTION`: why a request is allowed or denied, layer by layer. */
export const explainCommand = (): Command =>
  withSourceOptions(
    new Command('explain')
      .description('explains why a principal may, or may not, do something, and what it would take')
      .argument('[principal]', 'role/NAME, user/NAME, or an ARN')
      .argument('[action]', 'one of Rekognition: DeleteFaces, or rekognition:DeleteFaces'),
  )
    .option('--resource <arn>', 'on which resource: an ARN, its last part (collection/visitors), or *')
    .option(
      '--context <key=value...>',
      'what differs from the normal request of the expectations; "key=" leaves a key out, a key given twice has ' +
        'several values',
    )
    .option(
      '--error <text>',
      "in the place of principal and action: AWS's sentence of an AccessDenied error, or a file with it or with a " +
        'CloudTrail event',
    )
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Shows every layer (SCP, identity-based policies, permissions boundary …) with the statements about the action, and
what keeps those that do not apply from applying; on a real account also IAM's own answer, and always what was
expected. Of a role it says who can become it: on a real account, of which it reads no other principal, by the trust
policy and its Cognito pools. Without --resource and --context: the usual requests, and those that a check finds
other than expected.

Examples:
  rekognition-permission-check explain role/analyst DeleteCollection --account-details account.json
  rekognition-permission-check explain role/shop-search SearchFacesByImage --profile audit \\
      --resource collection/visitors-2026 --context aws:SourceIp=198.51.100.7
  rekognition-permission-check explain user/bob StartProjectVersion --context aws:MultiFactorAuthPresent=false
  rekognition-permission-check explain role/analyst DeleteFaces --account-details account.json --format json
  rekognition-permission-check explain --account-details account.json \\
      --error "User:
      arn:aws:sts::123456789012:assumed-role/analyst/ana is not authorized to perform: rekognition:DeleteFaces on
      resource: arn:aws:rekognition:eu-west-1:123456789012:collection/visitors because no identity-based policy allows
      the rekognition:DeleteFaces action"

Exit codes: 0 explained, whatever the answer, 2 no certain answer (a policy that cannot be read, no answer from
IAM), 3 usage or input error, 4 failure (no credentials, no permission, AWS out of reach)`,
    )
    .action(async (name: string | undefined, actionName: string | undefined, flags: ExplainFlags) => {
      const asked = await askedFor(name, actionName, flags);
      const context = readContext(flags.context ?? []);
      const expectations = expectationsFrom(flags.expectations, flags.region, () => {});
      const given = await guardrailsOf(flags);
      const denial = 'context' in asked.about ? refusedOn(asked.about, flags.resource) : undefined;
      const caller = denial && (await refusedCaller(denial, flags, given));
      if (denial !== undefined && caller !== undefined && caller.known === undefined)
        return finish(flags, { ...strangers(strangersDenial(denial, caller)) }, asked);
      const { principal, reachedBy, ...found } =
        caller?.known ?? (await explainedPrincipal(asked.principal, flags, given));
      const { accountId, partition } = arnParts(principal.arn);
      const entered = caller?.entered;
      const options = { accountId, partition, expectations, ...found, entered };
      const explained = await explainedBy({ ...asked, ...flags }, principal, context, options);
      finish(flags, { ...explained, reachedBy, notes: doubtsOf(principal, explained) }, asked, principal);
    });

/** Prints an answer, and says by the exit code whether it is certain. */
function finish(
  { format }: ExplainFlags,
  answer: Explained & ExplainAnswer,
  asked: Asked,
  principal?: Principal,
): void {
  if (format === 'json') process.stdout.write(explainJson(answer));
  else print(answer, principal === undefined ? asked.principal : subjectName(principal), asked);
  process.exitCode = answer.isCertain ? exitCodes.clean : exitCodes.inconclusive;
}

const strangers = (denial: DenialAnswer): Explained => ({
  explanations: [],
  denial,
  isCertain: !isOpen(denial),
});

const refusedOn = (denial: Denial, resource: string | undefined): Denial =>
  resource === undefined ? denial : { ...denial, resource };

type Context = ReturnType<typeof readContext>;

interface Asked {
  readonly principal: string;
  /** A refused call, or an action of Rekognition. */
  readonly about: Denial | CatalogAction;
}

/** What keeps the answer from being certain. */
function doubtsOf({ unreadable, serviceLinked }: Principal, { problem }: Explained): string[] {
  return [
    ...unreadable.map((what) => `could not be read: ${what}; the answer may differ`),
    ...(serviceLinked ? ["a service-linked role: IAM's simulation does not take it"] : []),
    ...(problem === undefined ? [] : [problem]),
  ];
}

/** As text: doubts on standard error, the answer on standard output. */
function print(
  { explanations, denial, reachedBy, problem, notes }: Explained & ExplainAnswer,
  subject: string,
  { about }: Asked,
): void {
  for (const note of notes ?? []) if (note !== problem) process.stderr.write(`${escapeText(note)}\n`);
  const parts = explanations.map(renderExplanation);
  if (denial !== undefined) parts.push(renderDenial(denial));
  if (problem !== undefined) {
    const what = escapeText(`${subject} → ${about.action}: INCONCLUSIVE`);
    parts.push(`${what}\n  ${escapeText(problem)}\n`);
  }
  if (reachedBy !== undefined) {
    const line = escapeText(`${subject} can be assumed by: ${reachedBy}`, 600);
    parts.push(`${wrap(line, '', 100).join('\n')}\n`);
  }
  process.stdout.write(parts.join('\n'));
}

interface Explained {
  readonly explanations: readonly Explanation[];
  readonly denial?: DenialAnswer;
  /** Why there is no explanation. */
  readonly problem?: string;
  readonly isCertain: boolean;
}

async function explainedBy(
  { about, resource }: Asked & { readonly resource?: string },
  principal: Principal,
  context: Context,
  options: DenialOptions,
): Promise<Explained> {
  try {
    if ('context' in about) {
      const denial = refusedOn(about, resource);
      const { explanation, answer } = await explainDenial(denial, principal, context, options);
      return {
        explanations: [explanation],
        denial: answer,
        isCertain: isCertain(principal, [explanation]) && !isOpen(answer),
      };
    }
    const explanations = await explain({ principal, action: about, resource, context }, options);
    return { explanations, isCertain: isCertain(principal, explanations) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    // IAM would not have stored it: the account file was edited, or is not what IAM said.
    return { explanations: [], problem: error.message, isCertain: false };
  }
}

function isCertain({ unreadable }: Principal, explanations: readonly Explanation[]): boolean {
  const isOpen = ({ verdict }: Explanation) => verdict?.decision === 'inconclusive' || verdict?.unanswered;
  return unreadable.length === 0 && !explanations.some(isOpen);
}

/** Whom and what the command line asks about, or AWS's error does. */
async function askedFor(
  principal: string | undefined,
  action: string | undefined,
  { error }: ExplainFlags,
): Promise<Asked> {
  if (error !== undefined) {
    if (principal !== undefined)
      throw new InputError('--error says who did what: leave principal and action out');
    if (!/\s/.test(error) && !existsSync(error))
      throw new InputError(`--error ${error}: neither a file that is there nor AWS's own sentence`);
    const denial = readDenial(existsSync(error) ? textOf(error) : error);
    return { principal: denial.principal, about: denial };
  }
  if (principal === undefined || action === undefined)
    throw new InputError('name a principal and an action (role/analyst DeleteFaces), or give --error');
  return { principal, about: actionNamed(action) };
}

function actionNamed(name: string): CatalogAction {
  const action = findAction(name);
  if (action !== undefined) return action;
  if (/[*?]/.test(name)) throw new InputError(`"${name}": explain takes one action, without wildcards`);
  const bare = name.replace(/^rekognition:/i, '');
  const meant = didYouMean(
    bare,
    actions.map((one) => one.name),
  );
  throw new InputError(`Rekognition has no action "${bare}"${meant}`);
}
