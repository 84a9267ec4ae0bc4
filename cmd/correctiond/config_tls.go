package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// clientTLS gives the TLS settings towards an external broker.
func (m *mqttConfig) clientTLS(server string) (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: server}
	if m.CAFile != "" {
		pool, err := certPool("mqtt.ca_file", m.CAFile)
		if err != nil {
			return nil, err
		}
		settings.RootCAs = pool
	}
	if m.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(m.CertFile, m.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("mqtt.cert_file: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings, nil
}

// server gives the settings of the embedded broker's listener, nil without TLS.
func (t *listenerTLS) server() (*tls.Config, error) {
	settings, err := serverTLS("mqtt.tls", t.CertFile, t.KeyFile)
	if err != nil || settings == nil || t.ClientCAFile == "" {
		return settings, err
	}
	settings.ClientCAs, err = certPool("mqtt.tls.client_ca_file", t.ClientCAFile)
	settings.ClientAuth = tls.RequireAndVerifyClientCert
	return settings, err
}

// serverTLS gives the settings of a listener, nil when no certificate is named.
func serverTLS(path, certFile, keyFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

func certPool(path, file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s holds no certificate in PEM form", path, file)
	}
	return pool, nil
}
