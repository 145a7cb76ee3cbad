import { type DeployedStack, deployStack, type StackOptions, sample } from '#cli/demo/stack.ts';

const fastest = '100000';

/** The stack at work at any pace towards IAM, which the template keeps low for the sake of a real account. */
export function deployUnpaced(options: Partial<StackOptions> = {}): Promise<DeployedStack> {
  return deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    ...options,
    template: (text) =>
      text.replace(/(IamCallsPerSecond:\n( {4}.*\n)*? {4}MaxValue: )20\n/, `$1${fastest}\n`),
    parameters: { IamCallsPerSecond: fastest, ...options.parameters },
  });
}
