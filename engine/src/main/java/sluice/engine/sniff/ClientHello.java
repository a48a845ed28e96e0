// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import org.jspecify.annotations.Nullable;
import sluice.rules.Protocol;

/**
 * Reads the server's name from a ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3), as soon as the name is there. With encrypted
 * ClientHello it is the name that the client shows to everybody.
 */
final class ClientHello {
    /** Longest message, its header included. */
    static final int LONGEST = 16 << 10;

    private static final int CLIENT_HELLO = 1;
    private static final int HEADER = 4;
    private static final int RANDOM = 32;
    private static final int LONGEST_SESSION_ID = 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    /** The message goes on after the last byte. */
    private static final class Cut extends Exception {
        private static final long serialVersionUID = 1;

        private Cut() {
            super(null, null, false, false);
        }
    }

    /** This is no ClientHello. */
    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        private Malformed() {
            super(null, null, false, false);
        }
    }

    private final Bytes message;
    private final Protocol protocol;
    private int at;

    private ClientHello(Bytes message, Protocol protocol) {
        this.message = message;
        this.protocol = protocol;
    }

    /**
     * Reads a message, or the start of one.
     *
     * @param message from the handshake header on; what follows the message does not matter
     * @param protocol what carries it
     */
    static Sniffed read(Bytes message, Protocol protocol) {
        try {
            return new ClientHello(message, protocol).read();
        } catch (Cut cut) {
            return Sniffed.NEED_MORE;
        } catch (Malformed malformed) {
            return Sniffed.UNKNOWN;
        }
    }

    private Sniffed read() throws Cut, Malformed {
        check(number(1) == CLIENT_HELLO);
        int end = HEADER + number(3);
        check(end <= LONGEST);
        int version = number(2);
        check(version >= 0x0300 && version <= 0x0304);
        skip(RANDOM, end);
        int sessionId = number(1);
        check(sessionId <= LONGEST_SESSION_ID);
        skip(sessionId, end);
        int suites = number(2);
        check(suites > 0 && suites % 2 == 0);
        skip(suites, end);
        int compressions = number(1);
        check(compressions > 0);
        skip(compressions, end);
        if (at == end) {
            return found(null);
        }
        int extensions = number(2);
        check(at + extensions == end);
        while (at < end) {
            int type = number(2);
            int length = number(2);
            check(at + length <= end);
            if (type == SERVER_NAME) {
                return found(name(at + length));
            }
            skip(length, end);
        }
        return found(null);
    }

    private @Nullable String name(int end) throws Cut, Malformed {
        int list = number(2);
        check(at + list == end);
        while (at < end) {
            int type = number(1);
            int length = number(2);
            check(at + length <= end);
            if (type == HOST_NAME) {
                need(length);
                return HostName.of(message, at, at + length);
            }
            skip(length, end);
        }
        return null;
    }

    private Sniffed found(@Nullable String name) {
        return new Sniffed.Found(protocol, name);
    }

    private int number(int bytes) throws Cut {
        need(bytes);
        int number = 0;
        for (int i = 0; i < bytes; i++) {
            number = number << 8 | message.at(at++);
        }
        return number;
    }

    /** Skipping needs no bytes: only what is read must be there. */
    private void skip(int bytes, int end) throws Malformed {
        check(at + bytes <= end);
        at += bytes;
    }

    private void need(int bytes) throws Cut {
        if (at + bytes > message.count()) {
            throw new Cut();
        }
    }

    private static void check(boolean valid) throws Malformed {
        if (!valid) {
            throw new Malformed();
        }
    }
}
