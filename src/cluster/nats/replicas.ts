/** What an operator has to know, since a stream that is there keeps its copies. */
export function fewerReplicas(stream: string, replicas: number, wanted: number): string {
  return `${stream} is kept by ${replicas} NATS servers and stays so, though WAGGLE_NATS_REPLICAS is ${wanted} here: set it to ${replicas} on all nodes, or lower the stream by hand.`
}
