/** A stand-in function that answers what it was given. */
export async function handler(event: unknown, context: { awsRequestId: string; functionName: string }) {
  return { event, functionName: context.functionName, awsRequestId: context.awsRequestId };
}
