import type { Finding } from '#lib/compare/types.ts';

/** The policy texts weigh a finding down and are never needed again: names, Sids and lines stay. */
export function withoutTexts(finding: Finding): Finding {
  return {
    ...finding,
    by: finding.by.map((match) => ({ ...match, policy: { ...match.policy, text: '' } })),
    actions: finding.actions.map((action) => ({
      ...action,
      evidence: action.evidence.map(({ matched: _, ...evidence }) => evidence),
    })),
  };
}
