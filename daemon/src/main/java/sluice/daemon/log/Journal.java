// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_DGRAM;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.event.Level;
import sluice.linux.NativeSocket;
import sluice.linux.SystemCallException;
import sluice.linux.UnixAddress;

/** journald's native protocol: one datagram of {@code FIELD=value} lines per event (systemd.io, JOURNAL_NATIVE_PROTOCOL). */
final class Journal implements Sink {
    private static final int MAXIMUM_BYTES = 48 * 1024;
    private static final int ROOM_FOR_FIELDS = 2048;
    private static final int LONGEST_NAME = 256;

    private final NativeSocket socket;
    private final Sink otherwise;
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(MAXIMUM_BYTES + ROOM_FOR_FIELDS);

    /**
     * Connects.
     *
     * @param otherwise takes what journald does not take
     */
    Journal(Path path, Sink otherwise) throws IOException {
        this.otherwise = otherwise;
        socket = NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "journal socket " + path);
        try {
            socket.connect(new UnixAddress(path.toString(), false));
            // A journal that does not read must not stop the daemon.
            socket.nonBlocking(true);
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public synchronized void write(Level level, String logger, String message) {
        datagram.clear();
        field("PRIORITY", Integer.toString(Sink.priority(level)), LONGEST_NAME);
        field("SYSLOG_IDENTIFIER", "sluice", LONGEST_NAME);
        field("SLUICE_LOGGER", logger, LONGEST_NAME);
        field("MESSAGE", message, MAXIMUM_BYTES);
        try {
            if (socket.send(datagram.flip()) != NativeSocket.WOULD_BLOCK) {
                return;
            }
        } catch (SystemCallException e) {
            // journald restarts, or the datagram is too large for its socket: standard error reaches it too.
        }
        otherwise.write(level, logger, message);
    }

    private void field(String name, String value, int longest) {
        var bytes = value.getBytes(UTF_8);
        datagram.put(name.getBytes(UTF_8))
                .put((byte) '=')
                .put(bytes, 0, Math.min(bytes.length, longest))
                .put((byte) '\n');
    }
}
