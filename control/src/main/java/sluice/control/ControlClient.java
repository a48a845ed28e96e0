// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sluice.linux.KernelString;

/**
 * Asks the daemon, one connection a question. It speaks HTTP/1.1 to {@link ControlServer} alone, which closes after each
 * answer (RFC 9112 section 9.6), so it needs no library: the JDK's client has no Unix sockets and others cost more than the
 * rest of a command. While the daemon serves as many as it may, it is asked again. Blocking, with a limit; any thread.
 */
public final class ControlClient {
    private static final int MAXIMUM_ANSWER_BYTES = 256 << 20;
    private static final int OK = 200;
    /** At most, until a daemon that has no room is asked again. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration NO_LIMIT = Duration.ofDays(365);

    private final Path socket;
    private final Duration limit;

    /** @param limit how long one question may take altogether */
    public ControlClient(Path socket, Duration limit) {
        this.socket = socket;
        this.limit = limit;
    }

    /** How the daemon is doing. */
    public StatusView status() throws IOException, RefusedException {
        return ask("GET", "/v1/status", new byte[0], StatusView.class);
    }

    /** Every managed cgroup with its target. */
    public TreeView tree() throws IOException, RefusedException {
        return ask("GET", "/v1/tree", new byte[0], TreeView.class);
    }

    /**
     * Why a cgroup's traffic goes where it goes.
     *
     * @param path relative to the managed root, or absolute
     */
    public ExplainView explain(String path) throws IOException, RefusedException {
        return ask("GET", "/v1/explain?path=" + encoded(path), new byte[0], ExplainView.class);
    }

    /** Byte by byte, since names of cgroups need not be UTF-8. */
    private static String encoded(String text) {
        return URLEncoder.encode(new String(KernelString.encode(text), ISO_8859_1), ISO_8859_1);
    }

    /**
     * What the engine carries.
     *
     * @param position of an earlier answer: what ended since is told too. Negative: nothing that has ended
     */
    public FlowsView flows(long position) throws IOException, RefusedException {
        return ask("GET", position < 0 ? "/v1/flows" : "/v1/flows?position=" + position, new byte[0], FlowsView.class);
    }

    /**
     * What an application would be answered by DNS.
     *
     * @param type mnemonic of a record's type, or its number
     * @param path of its cgroup, as for {@link #explain}; null: nobody in particular
     */
    public DnsView dns(String name, String type, @Nullable String path) throws IOException, RefusedException {
        var query = "/v1/dns?name=" + encoded(name) + "&type=" + encoded(type)
                + (path == null ? "" : "&path=" + encoded(path));
        return ask("GET", query, new byte[0], DnsView.class);
    }

    /** What DNS remembers. */
    public DnsCacheView dnsCache() throws IOException, RefusedException {
        return ask("GET", "/v1/dns/cache", new byte[0], DnsCacheView.class);
    }

    /** Has DNS forget something. */
    public FlushView flush(FlushRequest.What what) throws IOException, RefusedException {
        return ask("POST", "/v1/dns/flush", ControlJson.bytes(new FlushRequest(what)), FlushView.class);
    }

    /** Has new flows of a group use a member. */
    public SelectRequest select(SelectRequest choice) throws IOException, RefusedException {
        return ask("POST", "/v1/select", ControlJson.bytes(choice), SelectRequest.class);
    }

    /** Has the configuration read again. Waits without a limit for the result: its lists may be long. */
    public ReloadView reload() throws IOException, RefusedException {
        return new ControlClient(socket, NO_LIMIT).ask("POST", "/v1/reload", new byte[0], ReloadView.class);
    }

    /** Has this very process moved to a cgroup of its own. */
    public RunView run(RunRequest request) throws IOException, RefusedException {
        return ask("POST", "/v1/run", ControlJson.bytes(request), RunView.class);
    }

    /**
     * @throws NoDaemonException nobody listens
     * @throws AccessDeniedException the socket is there but not for this user
     * @throws RefusedException the daemon's own answer
     */
    private <T> T ask(String method, String target, byte[] body, Class<T> type) throws IOException, RefusedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            var answer = HttpAnswer.read(exchange(request(method, target, body), deadline));
            if (answer.status() == OK) {
                return ControlJson.read(type, answer.body());
            }
            var refused = ControlJson.read(ErrorView.class, answer.body()).exception();
            if (refused.refusal() != Refusal.BUSY || System.nanoTime() + PAUSE.toNanos() > deadline) {
                throw refused;
            }
            pause();
        }
    }

    private static ByteBuffer request(String method, String target, byte[] body) {
        var head = method + " " + target + " HTTP/1.1\r\nHost: sluice\r\nConnection: close\r\nContent-Length: "
                + body.length + "\r\n\r\n";
        return ByteBuffer.allocate(head.length() + body.length)
                .put(head.getBytes(US_ASCII))
                .put(body)
                .flip();
    }

    /** Of different lengths, so that those who were refused together do not come together again. */
    private static void pause() throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(PAUSE.toNanos() / 4, PAUSE.toNanos()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("wait for room on the control socket: interrupted");
        }
    }

    private SocketChannel connect() throws IOException {
        try {
            var _ = Files.readAttributes(socket, BasicFileAttributes.class);
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(
                    socket.toString(),
                    null,
                    "this user may not look into the directory of the control socket, so it is not known whether a daemon"
                            + " runs; use sudo");
        } catch (IOException e) {
            throw new NoDaemonException("no daemon: there is no control socket " + socket);
        }
        if (!Files.isWritable(socket)) {
            throw new AccessDeniedException(
                    socket.toString(),
                    null,
                    "the control socket is for root and the group "
                            + Files.readAttributes(socket, PosixFileAttributes.class)
                                    .group()
                            + "; use sudo, or have the daemon's unit say Group= with a group that you are in");
        }
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            throw new NoDaemonException("no daemon: nobody listens on the control socket " + socket);
        }
    }

    private byte[] exchange(ByteBuffer request, long deadline) throws IOException {
        try (var channel = connect();
                var selector = Selector.open()) {
            channel.configureBlocking(false);
            var key = channel.register(selector, SelectionKey.OP_WRITE);
            while (request.hasRemaining()) {
                await(selector, deadline);
                writeUntilRefused(channel, request);
            }
            key.interestOps(SelectionKey.OP_READ);
            var answer = new ByteArrayOutputStream();
            var buffer = ByteBuffer.allocate(65_536);
            while (true) {
                await(selector, deadline);
                int count = readUntilReset(channel, buffer.clear());
                if (count < 0) {
                    return answer.toByteArray();
                }
                answer.write(buffer.array(), 0, count);
                if (answer.size() > MAXIMUM_ANSWER_BYTES) {
                    throw new IOException(
                            "read the daemon's answer: it is larger than " + MAXIMUM_ANSWER_BYTES + " bytes");
                }
            }
        }
    }

    /** A server that refuses early closes before it has read everything; its answer is there to be read all the same. */
    private static void writeUntilRefused(SocketChannel channel, ByteBuffer request) {
        try {
            channel.write(request);
        } catch (IOException e) {
            request.position(request.limit());
        }
    }

    /** Its end is a reset then, behind the answer: Linux tells that the rest of the request was thrown away (unix(7)). */
    private static int readUntilReset(SocketChannel channel, ByteBuffer buffer) throws IOException {
        try {
            return channel.read(buffer);
        } catch (SocketException e) {
            return -1;
        }
    }

    private void await(Selector selector, long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0 || selector.select(millis) == 0) {
            throw new IOException("wait for the daemon's answer on " + socket + ": none within " + limit.toSeconds()
                    + " s; see the daemon's log");
        }
        selector.selectedKeys().clear();
    }
}
