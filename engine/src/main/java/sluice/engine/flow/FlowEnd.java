// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

/** Why a flow ended. */
public enum FlowEnd {
    /** Both sides said all they had to say (TCP: FIN both ways). */
    FINISHED("finished"),
    /** The application reset the connection, or its host vanished. */
    CLIENT_RESET("reset by the application"),
    /** The upstream reset the connection. */
    UPSTREAM_RESET("reset by the upstream"),
    /** Nobody listens at the destination, or at the proxy. */
    REFUSED("refused"),
    /** No route, no such host, or a network error. */
    UNREACHABLE("unreachable"),
    /** The upstream did not answer in time. */
    CONNECT_TIMEOUT("no answer in time"),
    /** A proxy did not do what its protocol says, or did not want to. */
    PROXY_FAILED("the proxy failed"),
    /** Neither side sent anything for too long. */
    IDLE("idle"),
    /** One side had finished and the other one sent nothing for too long. */
    HALF_CLOSED("half closed for too long"),
    /** The outbound is {@code block}. */
    BLOCKED("blocked"),
    /** The flow would have come back to the engine. */
    LOOP("would loop"),
    /** The destination is an address that was a fake IP for a name that is forgotten. */
    FORGOTTEN("to a fake IP that is forgotten"),
    /** A limit of flows, of open files, or of buffers for flows that wait for somebody who does not read. */
    LIMIT("over a limit"),
    /** The engine stopped. */
    STOPPED("the engine stopped");

    private final String text;

    FlowEnd(String text) {
        this.text = text;
    }

    /** For people. */
    public String text() {
        return text;
    }
}
