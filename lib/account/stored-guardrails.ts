import { compileActionPattern, type PolicySource, type Statement } from '@permission-check/iam-policy';
import { actionTable, rcpServices } from '#lib/catalog/actions.ts';
import { policyLabel } from '#lib/words/labels.ts';

/** An SCP, an RCP or the policy of a VPC endpoint as it was given, with where it stands. */
export interface GivenGuardrail {
  readonly source: PolicySource;
  readonly statements: readonly Statement[];
  readonly line: number;
}

/**
 * The given levels without the policies that cannot be in force: those that Organizations would not store, and RCPs
 * that are about Rekognition, which RCPs do not act on. `leave` is told of each. A level of which nothing is left is
 * left out with its policies: AWS keeps one that allows everything at each.
 */
export function storedGuardrails(
  levels: readonly (readonly GivenGuardrail[])[] | undefined,
  leave: (line: number, words: string) => void,
): PolicySource[][] | undefined {
  return levels
    ?.map((level) =>
      level.flatMap(({ source, statements, line }) => {
        const reason = whyNot(source.type)(statements);
        if (reason === undefined) return [source];
        leave(line, `${policyLabel(source)} is left out: ${reason}`);
        return [];
      }),
    )
    .filter((level) => level.length > 0);
}

const whyNot = (type: PolicySource['type']) =>
  type === 'rcp' ? whyNoRcp : type === 'endpoint' ? whyNoEndpoint : whyNoScp;

/**
 * A policy that is left out narrows nothing, so it may be; whom NotPrincipal means in it nobody has said.
 *
 * Source: Amazon VPC User Guide (AWS PrivateLink), "Control access to VPC endpoints using endpoint policies".
 */
function whyNoEndpoint(statements: readonly Statement[]): string | undefined {
  const nobody = statements.find(({ principals }) => principals === undefined);
  if (nobody) return `AWS stores no endpoint policy without a Principal (statement ${nobody.index})`;
  const others = statements.find(({ notPrincipal }) => notPrincipal);
  return others && `whom NotPrincipal means in it is not known (statement ${others.index})`;
}

/** Source: Organizations User Guide, "SCP syntax": Principal and NotPrincipal are no elements of an SCP. */
function whyNoScp(statements: readonly Statement[]): string | undefined {
  const wrong = statements.find(({ principals }) => principals !== undefined);
  return wrong && `AWS stores no service control policy with a Principal (statement ${wrong.index})`;
}

/**
 * Source: Organizations User Guide, "RCP syntax": one that a customer writes has Effect Deny, Principal "*", and
 * actions of services that support RCPs, never "*" alone. RCPFullAWSAccess, which AWS attaches itself, allows all.
 */
function whyNoRcp(statements: readonly Statement[]): string | undefined {
  if (statements.every(({ effect, conditions }) => effect === 'Allow' && conditions.length === 0))
    return undefined;
  const foreign = statements.find(({ actions, notAction }) => notAction || !actions.every(isOfRcpService));
  if (foreign === undefined) return undefined;
  const rekognition = 'resource control policies do not act on Rekognition';
  return foreign.notAction || foreign.actions.some(coversRekognition)
    ? `${rekognition}, and AWS stores none with such an Action (statement ${foreign.index})`
    : `AWS stores no resource control policy for that service (statement ${foreign.index})`;
}

const isOfRcpService = (pattern: string): boolean =>
  pattern.includes(':') && rcpServices.has(pattern.split(':', 1)[0]?.toLowerCase() ?? '');

function coversRekognition(pattern: string): boolean {
  const matches = compileActionPattern(pattern);
  return actionTable.some((action) => matches(action.toLowerCase()));
}
