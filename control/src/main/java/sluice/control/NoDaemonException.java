// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.io.IOException;

/** Nobody listens on the control socket. */
public final class NoDaemonException extends IOException {
    private static final long serialVersionUID = 1;

    NoDaemonException(String message) {
        super(message);
    }
}
