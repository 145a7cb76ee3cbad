/** Answers that AWS itself gave, where the recording is beside the project. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PolicyCompiler } from '../src/compile.ts';
import { decide, decideAsSimulator } from '../src/evaluate.ts';
import type { PolicySource, Request, RequestContext } from '../src/types.ts';

const folder = new URL('../../../../shared/data/recorded-aws/', import.meta.url);
const isThere = existsSync(folder);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

const observation = z.object({
  condition: z.record(z.string(), z.unknown()),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  deny: z.boolean(),
  base_allow: z.boolean().optional(),
  code: z.enum(['Success', 'InvalidInput', 'AccessDenied']),
});
const live = z.object({ observations: z.array(observation) });
const entries = z.array(
  z.object({
    ContextKeyName: z.string(),
    ContextKeyValues: z.array(z.string()),
    ContextKeyType: z.string().optional(),
  }),
);
const simulated = z.object({
  simulation: z.array(
    z.object({
      input: z.object({
        PolicyInputList: z.array(z.string()),
        ActionNames: z.array(z.string()),
        ContextEntries: entries,
      }),
      output: z.object({ EvaluationResults: z.array(z.object({ EvalDecision: z.string() })) }),
    }),
  ),
});
const scenarios = z.object({
  scenarios: z.array(
    z.object({
      name: z.string(),
      policy: z.unknown(),
      action: z.string(),
      resource: z.string(),
      context: entries,
      decision: z.string(),
    }),
  ),
});

const source = (text: string): PolicySource => ({ name: 'recorded', type: 'inline', text });
const compile = (...texts: string[]) => new PolicyCompiler([]).compileSet({ identity: texts.map(source) });
const ACTION = 'iam:TagUser';
const RESOURCE = 'arn:aws:iam::123456789012:user/capture';
const statement = (Effect: string, Condition?: unknown) => ({
  Effect,
  Action: ACTION,
  Resource: '*',
  ...(Condition !== undefined && { Condition }),
});
const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });

function contextOf(given: z.infer<typeof entries>): RequestContext {
  return Object.fromEntries(
    given.map(({ ContextKeyName, ContextKeyValues, ContextKeyType = '' }) => [
      ContextKeyName,
      ContextKeyType.endsWith('List') ? ContextKeyValues : (ContextKeyValues[0] ?? ''),
    ]),
  );
}

function requestOf({ tags }: z.infer<typeof observation>): Request {
  const context: Record<string, string | readonly string[]> = Object.fromEntries(
    tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]),
  );
  if (tags.length > 0) context['aws:TagKeys'] = tags.map(({ Key }) => Key);
  return { action: ACTION, resource: RESOURCE, context };
}

describe.runIf(isThere)('what AWS authorized', () => {
  for (const file of ['condition_strings', 'condition_ip', 'condition_sets', 'condition_values']) {
    const { observations } = isThere ? live.parse(read(`${file}.json`)) : { observations: [] };
    it.each(observations.map((one) => [JSON.stringify([one.condition, one.tags, one.deny]), one] as const))(
      `${file}: %s`,
      (_, one) => {
        const open = one.deny || one.base_allow ? [statement('Allow')] : [];
        const text = document(...open, statement(one.deny ? 'Deny' : 'Allow', one.condition));
        const allowed = decide(compile(text), requestOf(one)).decision === 'allowed';
        expect(allowed).toBe(one.code !== 'AccessDenied');
      },
    );
  }
});

describe.runIf(isThere)('what AWS’s simulator answered', () => {
  const rows = isThere ? simulated.parse(read('condition_values.json')).simulation : [];
  it.each(rows.map(({ input, output }) => [input.PolicyInputList.join(), input, output] as const))(
    '%s',
    (_, { PolicyInputList, ActionNames: [action = ''], ContextEntries }, { EvaluationResults }) => {
      const request = { action, resource: '*', context: contextOf(ContextEntries) };
      const { decision } = decideAsSimulator(compile(...PolicyInputList), request);
      expect(decision).toBe(EvaluationResults[0]?.EvalDecision);
    },
  );

  const arns = isThere ? scenarios.parse(read('arn_component_variables.json')).scenarios : [];
  it.each(arns.map((one) => [one.name, one] as const))(
    'variables in a Resource: %s',
    (_, { policy, action, resource, context, decision }) => {
      const set = compile(JSON.stringify(policy));
      const request = { action, resource, context: contextOf(context) };
      expect(decide(set, request).decision).toBe(decision);
      expect(decideAsSimulator(set, request).decision).toBe(decision);
    },
  );
});
