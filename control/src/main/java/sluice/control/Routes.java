// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.linux.KernelString;
import sluice.linux.PeerCredentials;
import sluice.linux.PeerProcess;

/** From a request to an answer: which path, who may, what the daemon says. Any thread. */
final class Routes {
    private static final String PATHS = "GET /v1/status, GET /v1/tree, GET /v1/explain?path=, GET /v1/flows, "
            + "GET /v1/dns?name=, GET /v1/dns/cache, POST /v1/dns/flush, POST /v1/reload, POST /v1/select, POST /v1/run";

    private final Controlled daemon;
    private final Admission admission;

    Routes(Controlled daemon, Admission admission) {
        this.daemon = daemon;
        this.admission = admission;
    }

    Answer answer(FullHttpRequest request, PeerCredentials peer, PeerProcess process) {
        if (request.decoderResult().isFailure()) {
            return malformed(request.decoderResult().cause());
        }
        try {
            return Answer.of(view(request, peer, process));
        } catch (RefusedException e) {
            return Answer.of(e);
        } catch (RuntimeException e) {
            daemon.requestFailed(request.method() + " " + request.uri(), e);
            return Answer.refusal(Refusal.FAILED, "the daemon failed at this request: " + e, "see the daemon's log");
        }
    }

    private static Answer malformed(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ ->
                Answer.refusal(Refusal.ADDRESS_TOO_LONG, "the request line is too long", "");
            case TooLongHttpHeaderException _ ->
                Answer.refusal(Refusal.HEADERS_TOO_LARGE, "the headers are too large", "");
            default -> Answer.refusal(Refusal.INVALID_REQUEST, "this is not HTTP/1.1: " + cause.getMessage(), "");
        };
    }

    private Object view(FullHttpRequest request, PeerCredentials peer, PeerProcess process) throws RefusedException {
        QueryStringDecoder address;
        String path;
        try {
            // Names of cgroups need not be UTF-8.
            address = new QueryStringDecoder(request.uri(), ISO_8859_1);
            path = address.path();
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.INVALID_REQUEST, "the request's address is malformed", "");
        }
        var method = request.method();
        return switch (path) {
            case "/v1/status" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.status();
            }
            case "/v1/tree" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.tree();
            }
            case "/v1/explain" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.explain(parameter(address, "path"));
            }
            case "/v1/flows" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.flows(address.parameters().containsKey("position") ? position(address) : -1);
            }
            case "/v1/dns" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.dns(
                        parameter(address, "name"),
                        Objects.requireNonNullElse(optional(address, "type"), "A"),
                        optional(address, "path"));
            }
            case "/v1/dns/cache" -> {
                require(HttpMethod.GET, method, path);
                yield daemon.dnsCache();
            }
            case "/v1/dns/flush" -> {
                require(HttpMethod.POST, method, path);
                requirePrivileged(peer, "flush what DNS remembers", "use sudo");
                yield daemon.flush(flush(ByteBufUtil.getBytes(request.content())));
            }
            case "/v1/reload" -> {
                require(HttpMethod.POST, method, path);
                requirePrivileged(peer, "reload", "use sudo, or reload: auto in the configuration");
                yield daemon.reload();
            }
            case "/v1/select" -> {
                require(HttpMethod.POST, method, path);
                requirePrivileged(peer, "choose a group's member", "use sudo");
                yield daemon.select(selection(ByteBufUtil.getBytes(request.content())));
            }
            case "/v1/run" -> {
                require(HttpMethod.POST, method, path);
                yield run(ByteBufUtil.getBytes(request.content()), peer, process);
            }
            default -> throw new RefusedException(Refusal.NOT_FOUND, "there is no " + path, "known: " + PATHS);
        };
    }

    private static void require(HttpMethod wanted, HttpMethod found, String path) throws RefusedException {
        if (!wanted.equals(found)) {
            throw new RefusedException(Refusal.METHOD_NOT_ALLOWED, path + " knows no " + found, "use " + wanted);
        }
    }

    private void requirePrivileged(PeerCredentials peer, String what, String hint) throws RefusedException {
        if (!admission.privileged(peer.uid())) {
            throw new RefusedException(
                    Refusal.FORBIDDEN,
                    "only root may " + what + ", you are uid " + Integer.toUnsignedString(peer.uid()),
                    hint);
        }
    }

    private static String parameter(QueryStringDecoder address, String name) throws RefusedException {
        List<String> values;
        try {
            values = address.parameters().getOrDefault(name, List.of());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.INVALID_REQUEST, "the request's parameters are malformed", "");
        }
        if (values.size() != 1 || values.getFirst().isEmpty()) {
            throw new RefusedException(Refusal.INVALID_REQUEST, "the parameter " + name + " has to be there once", "");
        }
        return KernelString.decode(values.getFirst().getBytes(ISO_8859_1));
    }

    private static @Nullable String optional(QueryStringDecoder address, String name) throws RefusedException {
        return address.parameters().containsKey(name) ? parameter(address, name) : null;
    }

    private static long position(QueryStringDecoder address) throws RefusedException {
        var text = parameter(address, "position");
        if (!text.matches("[0-9]{1,18}")) {
            throw new RefusedException(
                    Refusal.INVALID_REQUEST,
                    "the parameter position has to be a number",
                    "take it from the last answer");
        }
        return Long.parseLong(text);
    }

    private static SelectRequest selection(byte[] body) throws RefusedException {
        var form = "send {\"group\": …, \"member\": …}";
        try {
            var choice = ControlJson.read(SelectRequest.class, body);
            return new SelectRequest(Objects.requireNonNull(choice.group()), Objects.requireNonNull(choice.member()));
        } catch (IOException | NullPointerException e) {
            throw new RefusedException(Refusal.INVALID_REQUEST, "the body is not a choice of a member", form);
        }
    }

    private static FlushRequest.What flush(byte[] body) throws RefusedException {
        try {
            return Objects.requireNonNull(
                    ControlJson.read(FlushRequest.class, body).what());
        } catch (IOException | NullPointerException e) {
            throw new RefusedException(
                    Refusal.INVALID_REQUEST,
                    "the body does not say what to forget",
                    "send {\"what\": \"cache\" or \"fakes\"}");
        }
    }

    private RunView run(byte[] body, PeerCredentials peer, PeerProcess process) throws RefusedException {
        var request = runRequest(body);
        if (!admission.privileged(peer.uid()) && !daemon.mayRun(peer.uid(), request)) {
            throw new RefusedException(
                    Refusal.FORBIDDEN,
                    "uid " + Integer.toUnsignedString(peer.uid()) + " may not run programs with the target " + request,
                    "as root, add the user and " + request.grantName() + " to run: in the configuration, and reload");
        }
        if (peer.pid() <= 0) {
            throw new RefusedException(
                    Refusal.INVALID_REQUEST,
                    "the daemon cannot see your process: it is in another pid namespace",
                    "run it from the machine itself");
        }
        return daemon.run(request, process);
    }

    private static RunRequest runRequest(byte[] body) throws RefusedException {
        var form = "send {\"kind\": \"direct\" or \"drop\"} or {\"kind\": \"tproxy\" or \"proxy\", \"name\": …}";
        try {
            var request = ControlJson.read(RunRequest.class, body);
            boolean named = switch (request.kind()) {
                case direct, drop -> false;
                case tproxy, proxy -> true;
            };
            if (named != (request.name() != null)) {
                throw new RefusedException(Refusal.INVALID_REQUEST, "kind and name do not fit each other", form);
            }
            return request;
        } catch (IOException | NullPointerException e) {
            throw new RefusedException(Refusal.INVALID_REQUEST, "the body is not a request to run something", form);
        }
    }
}
