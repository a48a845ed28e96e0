// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/**
 * What DNS forgot.
 *
 * @param what of which kind
 * @param forgotten how many
 */
public record FlushView(FlushRequest.What what, long forgotten) {}
