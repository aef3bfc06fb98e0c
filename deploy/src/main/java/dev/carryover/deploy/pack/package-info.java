/**
 * What a host without network, Java or Maven needs to train, in parts with digests: {@link
 * dev.carryover.deploy.pack.Packer} makes it, the script it leaves unpacks and runs it.
 */
package dev.carryover.deploy.pack;
