import { decide } from '@permission-check/iam-policy';
import { safeJson } from '#lib/words/escape.ts';
import { denialLines } from './denial.ts';
import type { DenialAnswer } from './denial-answer.ts';
import { type Explanation, isExpected, type Meeting, meetingsOf, waysOf } from './explain.ts';
import { statementJson } from './who-can.ts';

/** What was explained, and what stands beside it. */
export interface ExplainAnswer {
  readonly explanations: readonly Explanation[];
  /** The refused call that it is about. */
  readonly denial?: DenialAnswer | undefined;
  /** Who can become the role, in words. */
  readonly reachedBy?: string | undefined;
  /** What keeps the answer from being certain. */
  readonly notes?: readonly string[];
}

/** For machines, in the form of answers.schema.json. */
export function explainJson({ explanations, denial, reachedBy, notes = [] }: ExplainAnswer): string {
  const answer = {
    command: 'explain',
    requests: explanations.map(explanationJson),
    ...(denial === undefined ? {} : { denial: denialJson(denial) }),
    ...(reachedBy === undefined ? {} : { reachedBy }),
    notes,
  };
  return `${safeJson(answer, 2)}\n`;
}

function explanationJson(explanation: Explanation): object {
  const { subject, request, set, evidence = [], expected, access, nearMiss, beside = [] } = explanation;
  const { decision, blockedBy } = explanation.verdict ?? decide(set, request);
  const isAllowed = decision === 'allowed';
  const ways = access === undefined ? undefined : waysOf(access, isAllowed);
  const asExpected = isExpected(explanation, decision);
  return {
    subject,
    action: request.action,
    request: { resource: request.resource, context: request.context },
    decision,
    ...(blockedBy === undefined ? {} : { blockedBy }),
    layers: set.layers.map((layer) => ({
      layer: layer.layer,
      ...(layer.level === undefined ? {} : { level: layer.level }),
      statements: meetingsOf(layer, explanation).map(meetingJson),
    })),
    sources: evidence.map(({ kind, decision: said, reason }) => ({
      kind,
      decision: said,
      ...(reason === undefined ? {} : { reason }),
    })),
    ...(expected === undefined ? {} : { expected: { label: expected.label, ...expectedJson(expected) } }),
    ...(asExpected === undefined ? {} : { asExpected }),
    ...(ways === undefined ? {} : { allowedWhere: ways.map((way) => way || 'always') }),
    ...(nearMiss === undefined ? {} : { nearMiss: { why: nearMiss.why, remedy: nearMiss.remedy } }),
    alsoNeeded: isAllowed ? beside.map(({ action, when }) => ({ action, when })) : [],
  };
}

function meetingJson({ bound, applies, but }: Meeting): object {
  return {
    effect: bound.compiled.statement.effect,
    applies,
    ...(but === undefined ? {} : { but }),
    ...statementJson(bound.matched),
  };
}

function expectedJson({
  decision,
  by,
  unmet = [],
  narrower = [],
}: NonNullable<Explanation['expected']>): object {
  return {
    ...(decision === undefined ? {} : { decision }),
    ...(by === undefined ? {} : { file: by.file, line: by.line }),
    unmetGuards: unmet,
    ...(narrower.length === 0 ? {} : { narrower }),
  };
}

function denialJson(answer: DenialAnswer): object {
  const { denial, layer, explicit, denies, allowedByDocuments } = answer;
  return {
    action: denial.action,
    ...(layer === undefined ? {} : { layer }),
    explicit,
    denies: denies.map(statementJson),
    allowedByDocuments,
    answer: denialLines(answer),
  };
}
