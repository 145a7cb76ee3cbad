import * as z from 'zod/mini';
import { actionsAsked, actionsNamed } from '#cli/action-argument.ts';
import { readContext } from '#cli/context-flags.ts';
import { guardrailsOf } from '#cli/source.ts';
import { namedPrincipal } from '#lib/account/named.ts';
import type { Account } from '#lib/account/types.ts';
import { sensitivityClasses } from '#lib/catalog/sensitivity.ts';
import { checkAccount } from '#lib/check/account.ts';
import { InputError } from '#lib/errors.ts';
import { catalogPolicies, otherVersion } from '#lib/expectation/sets.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { differencesJson } from '#lib/report/differences.ts';
import { explainJson } from '#lib/report/explain-json.ts';
import { renderJson } from '#lib/report/report-file.ts';
import { whoCanJson } from '#lib/report/who-can.ts';
import { diffAccounts, diffSets } from '#lib/workbench/diff.ts';
import { explain } from '#lib/workbench/explain.ts';
import { whoCan } from '#lib/workbench/who-can.ts';

/** What the questions are about: given when the server is started, so that whoever asks can name no file. */
export interface Subjects {
  readonly account: () => Promise<Account>;
  /** The account before, for `diff`. */
  readonly before?: (() => Promise<Account>) | undefined;
  readonly expectations: () => Expectations;
  readonly guardrails?: string | undefined;
}

/** One question that can be asked. */
export interface Tool {
  readonly description: string;
  readonly input: z.ZodMiniObject;
  /** The answer as text: JSON where the command has it. */
  answer(input: unknown, subjects: Subjects): Promise<string>;
}

const tool = <Shape extends z.ZodMiniObject>(
  description: string,
  input: Shape,
  answer: (input: z.infer<Shape>, subjects: Subjects) => Promise<string>,
): Tool => ({ description, input, answer: (given, subjects) => answer(z.parse(input, given), subjects) });

const described = (text: string) => z.string().check(z.describe(text));
const principal = described('role/NAME, user/NAME, or an ARN; with wildcards: role/ci-*');
const resource = z.optional(described('an ARN, or its last part: collection/visitors'));

const context = z.optional(
  z.array(described('a context key that is so: aws:SourceIp=198.51.100.7; without a value: absent')),
);
const classes = sensitivityClasses.map(({ sensitivity }) => sensitivity);

export const tools: Readonly<Record<string, Tool>> = {
  check: tool(
    'What users and roles can do in Amazon Rekognition against what they should be able to do: findings, as report.schema.json describes. "inconclusive" is not "no access".',
    z.strictObject({ principals: z.optional(z.array(principal)) }),
    async ({ principals }, { account, expectations, guardrails }) => {
      const report = await checkAccount(await account(), {
        expectations: expectations(),
        guardrails: await guardrailsOf({ guardrails }),
        named: principals,
      });
      return renderJson(report);
    },
  ),
  who_can: tool(
    'Everybody who can do any of some actions of Amazon Rekognition: where, when, through which statement, and who can become them (answers.schema.json).',
    z.strictObject({
      actions: z.optional(z.array(described('DeleteFaces; with wildcards: Delete*'))),
      means: z.optional(described(`in the place of actions, a class of them: ${classes.join(', ')}`)),
      resource,
      context,
    }),
    async ({ actions, means, resource: on, context: given = [] }, { account, expectations, guardrails }) =>
      whoCanJson(
        await whoCan(await account(), {
          actions: actionsAsked(actions ?? [], means),
          baseline: expectations().baseline,
          guardrails: await guardrailsOf({ guardrails }),
          resource: on,
          context: readContext(given),
        }),
      ),
  ),
  explain: tool(
    'Why somebody can, or cannot, do one action of Amazon Rekognition, layer by layer (answers.schema.json).',
    z.strictObject({ principal, action: described('DeleteFaces'), resource, context }),
    async (
      { principal: name, action: named, resource: on, context: given = [] },
      { account, expectations, guardrails },
    ) => {
      const [action, ...others] = actionsNamed([named]);
      if (action === undefined || others.length > 0) throw new InputError(`"${named}": name one action`);
      const source = await account();
      const one = await namedPrincipal(source, name);
      const { accountId, partition } = source;
      const explanations = await explain(
        { principal: one, action, resource: on, context: readContext(given) },
        {
          accountId,
          partition,
          expectations: expectations(),
          guardrails: await guardrailsOf({ guardrails }),
        },
      );
      const notes = one.unreadable.map((what) => `could not be read: ${what}; the answer may differ`);
      return explainJson({ explanations, notes });
    },
  ),
  diff: tool(
    'What the second of two permission sets (AmazonRekognitionReadOnlyAccess@v4) allows and the first does not, and the reverse; without names: the account against the one before it. None of both: proved equal (answers.schema.json).',
    z.strictObject({ before: z.optional(z.string()), after: z.optional(z.string()) }),
    async ({ before, after }, subjects) => {
      const { baseline } = subjects.expectations();
      if (before !== undefined && after !== undefined) {
        const names = [before, otherVersion(before, after)] as const;
        const [past, present] = [catalogPolicies(names[0]), catalogPolicies(names[1])];
        return differencesJson('diff', diffSets(past, present, { baseline, names }));
      }
      if (before !== undefined || after !== undefined) throw new InputError('name two sets, or none');
      if (subjects.before === undefined) {
        throw new InputError('the server was started without --before: there is no account to compare with');
      }
      const guardrails = await guardrailsOf(subjects);
      const options = { baseline, guardrails, names: ['before', 'now'] as const };
      return differencesJson(
        'diff',
        await diffAccounts(await subjects.before(), await subjects.account(), options),
      );
    },
  ),
};
