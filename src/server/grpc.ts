import type { Config } from '../config.ts';
import { openCertificate } from '../http/certificate.ts';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from '../http/grpc/grpc-server.ts';

/** OTLP over gRPC, as the settings say. */
export const openGrpcServer = async (
  { tls, connections, ingest, subscriptions }: Config,
  given: Pick<GrpcServerOptions, 'handle' | 'limits' | 'isProxy' | 'log'>,
): Promise<GrpcServer> =>
  createGrpcServer({
    ...given,
    certificate: tls && (await openCertificate(tls, given.log)),
    connections,
    messageBytesMax: ingest.bodyBytesMax,
    stallTimeoutMs: subscriptions.stallTimeoutMs,
  });
