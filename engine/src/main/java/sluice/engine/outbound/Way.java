// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.FlowEnd;
import sluice.linux.InetEndpoint;

/** How one flow gets out. */
public sealed interface Way {
    /** Names from the outbound that was asked for, through groups and what carries them, to the one that opens the socket. */
    List<String> outbounds();

    /**
     * One connection or socket straight to an address, without a word to anybody: the relay's loop does it itself.
     *
     * @param others connects to other addresses of the same host when this one does not answer soon (RFC 8305); null where there are none
     */
    record Plain(
            List<String> outbounds,
            InetEndpoint to,
            SocketTraits traits,
            @Nullable TcpDialer others) implements Way {
        public Plain {
            outbounds = List.copyOf(outbounds);
        }

        /** To an address that has no others. */
        public Plain(List<String> outbounds, InetEndpoint to, SocketTraits traits) {
            this(outbounds, to, traits, null);
        }

        Plain with(TcpDialer dialer) {
            return new Plain(outbounds, to, traits, dialer);
        }
    }

    /** TCP that begins with a conversation: on a virtual thread. */
    record Negotiated(List<String> outbounds, TcpDialer dialer) implements Way {
        public Negotiated {
            outbounds = List.copyOf(outbounds);
        }
    }

    /** UDP through an association that has to be made first: on a virtual thread. */
    record Associated(List<String> outbounds, UdpDialer dialer) implements Way {
        public Associated {
            outbounds = List.copyOf(outbounds);
        }
    }

    /**
     * UDP to a name, whose address has to be looked up first: on a virtual thread.
     *
     * @param lookUp finds the address
     * @param at the way to an address that was found
     */
    record Unresolved(List<String> outbounds, UdpLookup lookUp, Function<InetEndpoint, Way> at) implements Way {
        public Unresolved {
            outbounds = List.copyOf(outbounds);
        }
    }

    /** Nowhere; {@code reason} for people. */
    record Refused(List<String> outbounds, FlowEnd end, String reason) implements Way {
        public Refused {
            outbounds = List.copyOf(outbounds);
        }
    }
}
