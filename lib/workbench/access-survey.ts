import { actions } from '#lib/catalog/actions.ts';
import type { PrincipalCheck } from '#lib/check/principal.ts';
import type { ActionAccess } from '#lib/report/access.ts';
import type { AccessBySide } from '#lib/report/types.ts';
import { Survey, type SurveyOptions } from './survey.ts';
import { accessOf } from './who-can.ts';

/**
 * Prepares to tell what principals should be able to do, and what their policies let them do, action by action. Answers
 * the same object for principals alike.
 */
export function accessSurvey(options: SurveyOptions): (check: PrincipalCheck) => AccessBySide {
  const survey = new Survey(options);
  const known = new Map<readonly ActionAccess[], Map<readonly ActionAccess[] | undefined, AccessBySide>>();
  return ({ principal, expectation, organizationDenies }) => {
    const documents = accessOf(principal, survey, actions);
    const observed = withoutDenied(documents, organizationDenies);
    const expected =
      expectation.kind === 'sets' ? survey.expectedAccessOf(principal, expectation, actions) : undefined;
    const byExpected = known.get(observed) ?? new Map<readonly ActionAccess[] | undefined, AccessBySide>();
    known.set(observed, byExpected);
    const access = byExpected.get(expected) ?? { observed, ...(expected === undefined ? {} : { expected }) };
    byExpected.set(expected, access);
    return access;
  };
}

/** What IAM's simulation showed of the organization's policies, which the documents at hand do not hold. */
function withoutDenied(
  access: readonly ActionAccess[],
  denied: readonly string[] = [],
): readonly ActionAccess[] {
  if (denied.length === 0) return access;
  return access.map((one) =>
    denied.includes(one.action) ? { action: one.action, access: 'none', where: [], by: [] } : one,
  );
}
