// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.NoBufferException;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.SystemCallException;

/** What an error of a connection means for the flow. */
final class Failures {
    private Failures() {}

    /**
     * The reason why a flow ends that failed in this step.
     *
     * @param step such as {@code "connect to 192.0.2.1:1080"}
     */
    static DialException of(String outbound, String step, IOException cause) {
        if (cause instanceof DialException same) {
            return same;
        }
        return new DialException(reason(cause), "outbound " + outbound + ": " + step + ": " + words(cause));
    }

    private static FlowEnd reason(IOException cause) {
        return switch (cause) {
            case SocketTimeoutException e -> FlowEnd.CONNECT_TIMEOUT;
            case InterruptedIOException e -> FlowEnd.STOPPED;
            case ClosedChannelException e -> FlowEnd.STOPPED;
            case LimitReachedException e -> FlowEnd.LIMIT;
            case NoBufferException e -> FlowEnd.LIMIT;
            case SystemCallException e -> ofErrno(e.errno());
            default -> FlowEnd.PROXY_FAILED;
        };
    }

    /** What a positive error number of connect(2) means. */
    static FlowEnd ofErrno(int errno) {
        return switch (errno) {
            case Errno.ECONNREFUSED -> FlowEnd.REFUSED;
            case Errno.ETIMEDOUT -> FlowEnd.CONNECT_TIMEOUT;
            case Errno.ECONNRESET, Errno.EPIPE -> FlowEnd.PROXY_FAILED;
            default -> FlowEnd.UNREACHABLE;
        };
    }

    private static String words(IOException cause) {
        return switch (cause) {
            case SystemCallException e
            when e.operation().startsWith("connect") || e.errno() == Errno.ECONNRESET -> Errno.name(e.errno());
            case SystemCallException e -> String.valueOf(e.getMessage());
            case SocketTimeoutException e -> "no answer in time";
            case ClosedChannelException e -> "closed meanwhile";
            // The JDK's words on certificates and protocol versions; they hold nothing that we sent.
            case SSLException e -> String.valueOf(e.getMessage());
            default -> String.valueOf(cause.getMessage());
        };
    }
}
