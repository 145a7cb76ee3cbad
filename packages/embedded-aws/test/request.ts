import { randomUUID } from 'node:crypto';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../src/types.ts';

/**
 * Calls a service as its server does, for protocols whose SDK client is no dependency of the project. Who asks may do
 * `allowed`, each an action with or without its resource: `lambda:InvokeFunction arn:…`.
 */
export async function call(
  service: LocalService,
  request: Partial<LocalRequest> & { readonly json?: unknown; readonly allowed?: readonly string[] },
): Promise<LocalResponse & { readonly json: unknown }> {
  const { json, allowed, ...rest } = request;
  const accountId = '123456789012';
  const arn = `arn:aws:iam::${accountId}:user/ann`;
  const response = await service.handle({
    requestId: randomUUID(),
    accessKeyId: 'AKIAEXAMPLE',
    service: service.signingNames[0] ?? '',
    region: 'us-east-1',
    operation: '',
    method: 'POST',
    path: '/',
    headers: { host: 'localhost' },
    body: json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json)),
    time: new Date(),
    sourceIp: '192.0.2.10',
    userAgent: 'test',
    caller: { accountId, arn, principalArn: arn, userId: 'AIDAEXAMPLE', context: {}, policies: () => 'root' },
    authorize: (action, resource) => {
      if (allowed === undefined || allowed.includes(action) || allowed.includes(`${action} ${resource}`))
        return;
      throw new AwsError('AccessDeniedException', `${action} on ${resource}`);
    },
    ...rest,
  });
  const text = response.body.toString();
  return { ...response, json: text === '' ? undefined : JSON.parse(text) };
}
