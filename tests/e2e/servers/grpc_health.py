"""A gRPC server with the health service written by hand: PORT STATUS [certificate key]. To be run with -I: with this folder in
the module path it takes connections and never answers.

STATUS is a number of HealthCheckResponse.ServingStatus for "" and for "shop.Cart"; any other name is NOT_FOUND; a service that is called
like a code of gRPC fails with it. "none" is a server without a health service.
"""

import sys
from concurrent import futures

import grpc


def name_of(request):
    """HealthCheckRequest: field 1, a string shorter than 128 bytes."""
    return request[2:2 + request[1]].decode() if request else ""


def check(request, context):
    name = name_of(request)
    if name.upper() == name and hasattr(grpc.StatusCode, name or "-"):
        context.abort(getattr(grpc.StatusCode, name), "as asked")
    if name not in ("", "shop.Cart"):
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    status = int(sys.argv[2])
    return bytes((8, status)) if status else b""


class Health(grpc.GenericRpcHandler):
    def service(self, call):
        if sys.argv[2] != "none" and call.method == "/grpc.health.v1.Health/Check":
            return grpc.unary_unary_rpc_method_handler(check)
        return None


server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(Health(),), options=(("grpc.so_reuseport", 0),))
address = "127.0.0.1:" + sys.argv[1]
if len(sys.argv) > 3:
    with open(sys.argv[3], "rb") as certificate, open(sys.argv[4], "rb") as key:
        credentials = grpc.ssl_server_credentials([(key.read(), certificate.read())])
    server.add_secure_port(address, credentials)
else:
    server.add_insecure_port(address)
server.start()
server.wait_for_termination()
