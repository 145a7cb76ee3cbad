import { existsSync } from 'node:fs';
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { PolicySet, PolicySource, Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide, PolicyCompiler } from '@permission-check/iam-policy';
import { accountFromFile } from '#lib/account/from-file.ts';
import { actions, actionTable, resourceTypes } from '#lib/catalog/actions.ts';
import { permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';

const ACCOUNT = '123456789012';
const EXAMPLE_ACCOUNT = '../shared/data/example-account-authorization-details.json';

interface Workload {
  readonly title: string;
  readonly sets: readonly PolicySet[];
}

const CONTEXT: Request['context'] = {
  'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:user/ann`,
  'aws:PrincipalAccount': ACCOUNT,
  'aws:username': 'ann',
  'aws:userid': 'AIDAEXAMPLE',
  'aws:PrincipalTag/Team': 'vision',
  'aws:SourceIp': '203.0.113.10',
  'aws:SecureTransport': 'true',
  'aws:MultiFactorAuthPresent': 'true',
  'aws:CurrentTime': '2026-11-24T12:00:00Z',
  'aws:RequestedRegion': 'us-east-1',
};

const FORM: Record<string, string> = {
  Partition: 'aws',
  Region: 'us-east-1',
  Account: ACCOUNT,
  CreationTimestamp: '1690000000000',
};

/** Every Rekognition action: on an ARN of its type, or on `*` where it has none. */
const REQUESTS: readonly Request[] = actions.map(({ action, resourceTypes: [first] }) => {
  const form = resourceTypes.find(({ name }) => name === first?.name)?.arn ?? '*';
  return {
    action,
    resource: form.replace(/\$\{(\w+)\}/g, (_, name: string) => FORM[name] ?? 'visitors'),
    context: CONTEXT,
  };
});

function source(
  name: string,
  statements: readonly object[],
  type: PolicySource['type'] = 'inline',
): PolicySource {
  return { name, type, text: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2) };
}

const permissionSets = (): PolicySource[] =>
  permissionSetNames().flatMap((name) =>
    permissionSet(name).documents.map((text): PolicySource => ({ name, type: 'set', text })),
  );

/** The permission sets under the guards that the Rekognition guide advises. */
function guarded(policy: PolicySource): PolicySet {
  const arn = `arn:aws:rekognition:*:${ACCOUNT}:`;
  return {
    identity: [
      policy,
      source('team', [
        {
          Effect: 'Allow',
          Action: ['rekognition:SearchFaces*', 'rekognition:IndexFaces', 'rekognition:DeleteFaces'],
          Resource: [`${arn}collection/\${aws:PrincipalTag/Team}-*`, `${arn}collection/visitors`],
          Condition: { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.0/24'] } },
        },
        {
          Effect: 'Deny',
          Action: ['rekognition:Delete*', 'rekognition:Create*'],
          Resource: '*',
          Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
        },
      ]),
    ],
    boundary: source('boundary', [
      { Effect: 'Allow', Action: 'rekognition:*', Resource: '*' },
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } },
      },
    ]),
    scps: [
      [source('FullAWSAccess', [{ Effect: 'Allow', Action: '*', Resource: '*' }], 'scp')],
      [
        source('FullAWSAccess', [{ Effect: 'Allow', Action: '*', Resource: '*' }], 'scp'),
        source(
          'regions',
          [
            {
              Effect: 'Deny',
              NotAction: ['iam:*', 'sts:*'],
              Resource: '*',
              Condition: { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
            },
          ],
          'scp',
        ),
      ],
    ],
  };
}

async function workloads(): Promise<Workload[]> {
  const sets = permissionSets();
  const found: Workload[] = [
    { title: 'permission sets alone', sets: sets.map((policy) => ({ identity: [policy] })) },
    { title: 'permission sets, guarded', sets: sets.map(guarded) },
  ];
  if (!existsSync(EXAMPLE_ACCOUNT)) return found;
  const principals: PolicySet[] = [];
  for await (const { policies, boundary } of (await accountFromFile(EXAMPLE_ACCOUNT)).principals()) {
    principals.push({ identity: policies, ...(boundary && { boundary }) });
  }
  return [...found, { title: 'principals of the example account', sets: principals }];
}

const DECISIONS: Readonly<Record<string, string>> = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'explicitDeny',
  ImplicitlyDenied: 'implicitDeny',
};

function toSimulation(
  { identity, boundary, scps = [] }: PolicySet,
  { action, resource, context }: Request,
): Simulation {
  const load = ({ name, text }: PolicySource) => ({ name, policy: JSON.parse(text) });
  return {
    request: {
      principal: String(context['aws:PrincipalArn']),
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: Object.fromEntries(
        Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
      ),
    },
    identityPolicies: identity.map(load),
    serviceControlPolicies: scps.map((level, index) => ({
      orgIdentifier: String(index),
      policies: level.map(load),
    })),
    resourceControlPolicies: [],
    ...(boundary && { permissionBoundaryPolicies: [load(boundary)] }),
  };
}

interface Measured {
  readonly ours: number;
  readonly theirs: number;
}

/** Decisions a second of both engines on the same questions, whose answers must be equal. */
async function measure({ sets }: Workload): Promise<Measured> {
  const compiler = new PolicyCompiler(actionTable);
  const questions = sets.flatMap((set) => {
    const compiled = compiler.compileSet(set);
    return REQUESTS.map((request) => ({ set, compiled, request }));
  });
  // Every n-th question, so that a second's worth reaches every action and every set.
  const stride = Math.max(1, Math.floor(questions.length / 1200) | 1);
  const sample = questions.filter((_, index) => index % stride === 0);
  const simulations = sample.map(({ set, request }) => toSimulation(set, request));
  for (const simulation of simulations.slice(0, 200)) await runSimulation(simulation, {});
  const started = performance.now();
  const answers: string[] = [];
  for (const simulation of simulations) {
    const response = await runSimulation(simulation, {});
    if (response.resultType === 'error') throw new Error(JSON.stringify(response.errors));
    answers.push(DECISIONS[response.overallResult] ?? response.overallResult);
  }
  const theirs = (simulations.length / (performance.now() - started)) * 1000;
  for (const [index, { compiled, request }] of sample.entries()) {
    const { decision } = decide(compiled, request);
    if (decision !== answers[index]) {
      throw new Error(
        `${request.action} on ${request.resource}: ${decision}, but the oracle says ${answers[index]}`,
      );
    }
  }
  return { ours: rate(questions), theirs };
}

function rate(questions: readonly { compiled: CompiledSet; request: Request }[]): number {
  let allowed = 0;
  const pass = () => {
    for (const { compiled, request } of questions)
      if (decide(compiled, request).decision === 'allowed') allowed += 1;
  };
  for (let warm = 0; warm < 20; warm += 1) pass();
  const started = performance.now();
  let passes = 0;
  while (performance.now() - started < 1500) {
    pass();
    passes += 1;
  }
  if (allowed === 0) throw new Error('nothing was allowed: the workload says nothing');
  return ((passes * questions.length) / (performance.now() - started)) * 1000;
}

/** Prints decisions a second of this evaluator and of @cloud-copilot/iam-simulate, side by side. */
export async function run(): Promise<void> {
  console.log('decisions a second, same requests, equal answers   ours          iam-simulate   ratio');
  for (const workload of await workloads()) {
    const { ours, theirs } = await measure(workload);
    const columns = [
      workload.title.padEnd(50),
      Math.round(ours).toLocaleString('en').padEnd(13),
      Math.round(theirs).toLocaleString('en').padEnd(14),
      `${Math.round(ours / theirs).toLocaleString('en')}×`,
    ];
    console.log(columns.join(' '));
  }
}
