import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import type { SnsMessage } from '@permission-check/embedded-aws';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import { narrate, printMail } from './print.ts';
import { deployStack, sample } from './stack.ts';

const readOnly = 'AmazonRekognitionReadOnlyAccess';
const full = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

/** What happened in the demonstration; each part's messages, so that a test can hold it to them. */
export interface Story {
  readonly baseline: readonly SnsMessage[];
  readonly secondSweep: readonly SnsMessage[];
  readonly attached: readonly SnsMessage[];
  readonly detached: readonly SnsMessage[];
  readonly contradicted: readonly SnsMessage[];
  readonly managedPolicyChanged: readonly SnsMessage[];
}

/**
 * Plays the story that the stack exists for, on an embedded AWS: a clean account, a change, its e-mail, the undoing, its
 * e-mail, a denial that only a live call meets, and a change by AWS itself that only the sweep sees. IAM's delays and
 * batching windows are skipped.
 */
export async function tellStory(): Promise<Story> {
  const deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { ProbeRoleArns: 'arn:aws:iam::123456789012:role/analyst' },
  });
  const { aws, stack, rekognition } = deployed;
  const admin = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor({
      principalArn: 'arn:aws:iam::123456789012:role/break-glass',
      sessionName: 'alice@example.com',
    }),
  });
  const messages = inbox(deployed);
  try {
    narrate('The first sweep looks at everybody, and says once where it stands. The e-mail:');
    stack.tick('SweepFunctionDaily');
    const baseline = await messages(1);

    narrate('A clean account. The next sweep checks everybody again, and has nothing to say.');
    stack.tick('SweepFunctionDaily');
    const secondSweep = await messages(0);
    process.stdout.write('(no e-mail)\n');

    narrate('12:03. Alice attaches AmazonRekognitionFullAccess to role/analyst. The e-mail:');
    await admin.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
    const attached = await messages(1);

    narrate('She follows its advice and detaches the policy. The e-mail:');
    await admin.send(new DetachRolePolicyCommand({ RoleName: 'analyst', PolicyArn: full }));
    const detached = await messages(1);

    narrate(
      'The VPC endpoint that all traffic takes gets a policy without face searches. IAM and its simulation know nothing\n' +
        '  of it. The daily live probe, harmless calls made as role/analyst, does. The e-mail:',
    );
    rekognition.options = { endpointPolicy: withoutFaceSearch };
    stack.tick('ProbeRolesFunctionDaily');
    const contradicted = await messages(1);
    rekognition.options = {};

    narrate(`AWS ships ${readOnly} v11 with two more actions. No event says so; the next sweep does:`);
    aws.world.publishAwsPolicy(`arn:aws:iam::aws:policy/${readOnly}`, nextVersion());
    stack.tick('SweepFunctionDaily');
    const managedPolicyChanged = await messages(1);
    return { baseline, secondSweep, attached, detached, contradicted, managedPolicyChanged };
  } finally {
    admin.destroy();
    await deployed.stop();
  }
}

/** Waits until the stack has nothing left to do, shows the e-mails since the last look, and holds how many there are. */
function inbox({ aws, stack }: Awaited<ReturnType<typeof deployStack>>) {
  let told = 0;
  return async (expected: number): Promise<readonly SnsMessage[]> => {
    await stack.settle();
    const fresh = aws.messages().slice(told);
    told += fresh.length;
    for (const message of fresh) printMail(message);
    if (fresh.length === expected) return fresh;
    const reasons = [
      ...stack.problems(),
      ...stack.invocations().flatMap(({ functionError, logs }) => (functionError ? logs : [])),
    ];
    throw new Error(
      `the demonstration expected ${expected} e-mails and got ${fresh.length}: ${reasons.join(' · ') || 'no reason given'}`,
    );
  };
}

const everything = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const withoutFaceSearch = JSON.stringify({
  Version: '2012-10-17',
  Statement: [everything, { ...everything, Effect: 'Deny', Action: 'rekognition:SearchFaces*' }],
});

/** ReadOnlyAccess as AWS might widen it: the two read actions that v10 leaves out. */
function nextVersion(): string {
  const [document = ''] = permissionSet(readOnly).documents;
  const added = '"rekognition:DescribeCollection", "rekognition:GetFaceLivenessSessionResults", ';
  return document.replace('"rekognition:CompareFaces"', `${added}"rekognition:CompareFaces"`);
}
