import { PolicyError } from '@permission-check/iam-policy';
import { Command } from 'commander';
import { accountAt } from '#cli/account-file.ts';
import { readContext } from '#cli/context-flags.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsFrom } from '#cli/expectations-file.ts';
import { guardrailsOf, iamOf, type SourceFlags, withSourceOptions } from '#cli/source.ts';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { namedPrincipals } from '#lib/account/named.ts';
import { principalFromIam } from '#lib/account/principal-from-iam.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, findAction } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { explain } from '#lib/check/explain.ts';
import { InputError } from '#lib/errors.ts';
import { simulateWith } from '#lib/observe/simulate.ts';
import { renderExplanation } from '#lib/report/explain.ts';
import { escapeText } from '#lib/words/escape.ts';
import { subjectName } from '#lib/words/labels.ts';

interface ExplainFlags extends SourceFlags {
  readonly resource?: string;
  readonly context?: string[];
}

/** `explain PRINCIPAL ACTION`: why a request is allowed or denied, layer by layer. */
export const explainCommand = (): Command =>
  withSourceOptions(
    new Command('explain')
      .description('explains why a principal may, or may not, do something, and what it would take')
      .argument('<principal>', 'role/NAME, user/NAME, or an ARN')
      .argument('<action>', 'one of Rekognition: DeleteFaces, or rekognition:DeleteFaces'),
  )
    .option('--resource <arn>', 'on which resource: an ARN, its last part (collection/visitors), or *')
    .option(
      '--context <key=value...>',
      'what differs from the normal request of the expectations; "key=" leaves a key out, a key given twice has ' +
        'several values',
    )
    .addHelpText(
      'after',
      `
Shows every layer (SCP, identity-based policies, permissions boundary …) with the statements about the action, and
what keeps those that do not apply from applying; on a real account also IAM's own answer, and always what was
expected. Without --resource and --context: the usual requests, and those that a check finds other than expected.

Examples:
  rekognition-permission-check explain role/analyst DeleteCollection --account-details account.json
  rekognition-permission-check explain role/shop-search SearchFacesByImage --profile audit \\
      --resource collection/visitors-2026 --context aws:SourceIp=198.51.100.7
  rekognition-permission-check explain user/bob StartProjectVersion --context aws:MultiFactorAuthPresent=false

Exit codes: 0 explained, whatever the answer, 2 no certain answer (a policy that cannot be read, no answer from
IAM), 3 usage or input error, 4 failure (no credentials, no permission, AWS out of reach)`,
    )
    .action(async (name: string, actionName: string, flags: ExplainFlags) => {
      const action = actionNamed(actionName);
      const context = readContext(flags.context ?? []);
      const expectations = expectationsFrom(flags.expectations, flags.region, () => {});
      const guardrails = await guardrailsOf(flags);
      const { principal, simulate } = await principalOf(name, flags);
      const [, partition = 'aws', , , accountId = ''] = principal.arn.split(':');
      const notes = principal.unreadable.map((what) => `could not be read: ${what}; the answer may differ`);
      if (principal.serviceLinked) notes.push("a service-linked role: IAM's simulation does not take it");
      for (const note of notes) process.stderr.write(`${escapeText(note)}\n`);
      try {
        const explanations = await explain(
          { principal, action, resource: flags.resource, context },
          { accountId, partition, expectations, guardrails, simulate },
        );
        process.stdout.write(explanations.map(renderExplanation).join('\n'));
        const uncertain =
          principal.unreadable.length > 0 ||
          explanations.some(({ verdict }) => verdict?.decision === 'inconclusive' || verdict?.unanswered);
        process.exitCode = uncertain ? exitCodes.inconclusive : exitCodes.clean;
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        // IAM would not have stored it: the account file was edited, or is not what IAM said.
        process.stdout.write(
          `${escapeText(`${subjectName(principal)} → ${action.action}: INCONCLUSIVE`)}\n` +
            `  ${escapeText(error.message)}\n`,
        );
        process.exitCode = exitCodes.inconclusive;
      }
    });

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

async function principalOf(
  name: string,
  flags: SourceFlags,
): Promise<{ principal: Principal; simulate?: Simulate }> {
  if (flags.accountDetails !== undefined) {
    return { principal: only(await namedPrincipals(await accountAt(flags.accountDetails), [name])) };
  }
  const { client, pace } = iamOf(flags);
  const principal = await principalFromIam(client, name, { pace });
  const found =
    principal.kind === 'gone'
      ? only(await namedPrincipals(await accountFromIam(client, { pace }), [name]))
      : principal;
  return { principal: found, simulate: simulateWith(client, pace) };
}

function only(principals: readonly Principal[]): Principal {
  const [principal] = principals;
  if (principal === undefined) throw new InputError('no principal has that name');
  return principal;
}
