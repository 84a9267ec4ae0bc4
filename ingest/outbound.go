package ingest

import (
	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// outbound keeps what is published until the broker has acknowledged it, as paho's
// own store in memory does, but a copy of it: after a connect paho marks what is
// kept as a repeat while another of its goroutines may still write the same packet.
type outbound struct{ *mqtt.MemoryStore }

// Put keeps a packet under a key.
func (o outbound) Put(key string, packet packets.ControlPacket) {
	if p, ok := packet.(*packets.PublishPacket); ok {
		own := *p
		packet = &own
	}
	o.MemoryStore.Put(key, packet)
}
