// An informer of all pods, as programs in Go have it: what kai's mode watch is measured beside.
//
//	informer [-slim] -kubeconfig FILE -listen ADDRESS
//
// It answers /readyz once it is synced, and /inventory with the images of its pods.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"slices"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const protobuf = "application/vnd.kubernetes.protobuf"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(version())
		return
	}
	kubeconfig := flag.String("kubeconfig", "", "the cluster")
	listen := flag.String("listen", "", "address of the answers")
	slim := flag.Bool("slim", false, "keep names and images only")
	flag.Parse()
	if err := run(*kubeconfig, *listen, *slim); err != nil {
		fmt.Fprintln(os.Stderr, "informer:", err)
		os.Exit(1)
	}
}

func run(kubeconfig, listen string, slim bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = protobuf
	config.AcceptContentTypes = protobuf + ",application/json"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	if slim {
		if err := pods.SetTransform(strip); err != nil {
			return err
		}
	}
	factory.Start(make(chan struct{}))

	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !pods.HasSynced() {
			http.Error(w, "not synced yet", http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/inventory", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// What cannot be written to a closed connection is missed by nobody.
		_ = json.NewEncoder(w).Encode(images(pods.GetStore()))
	})
	return http.ListenAndServe(listen, nil)
}

// strip keeps of a pod what an inventory of images needs.
func strip(object any) (any, error) {
	pod, ok := object.(*v1.Pod)
	if !ok {
		return object, nil
	}
	slim := &v1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name:            pod.Name,
		Namespace:       pod.Namespace,
		UID:             pod.UID,
		ResourceVersion: pod.ResourceVersion,
	}}
	slim.Status.Phase = pod.Status.Phase
	slim.Spec.InitContainers = containers(pod.Spec.InitContainers)
	slim.Spec.Containers = containers(pod.Spec.Containers)
	slim.Status.InitContainerStatuses = statuses(pod.Status.InitContainerStatuses)
	slim.Status.ContainerStatuses = statuses(pod.Status.ContainerStatuses)
	return slim, nil
}

func containers(all []v1.Container) []v1.Container {
	kept := make([]v1.Container, len(all))
	for i, one := range all {
		kept[i] = v1.Container{Name: one.Name, Image: one.Image}
	}
	return kept
}

func statuses(all []v1.ContainerStatus) []v1.ContainerStatus {
	kept := make([]v1.ContainerStatus, len(all))
	for i, one := range all {
		kept[i] = v1.ContainerStatus{Name: one.Name, Image: one.Image, ImageID: one.ImageID}
	}
	return kept
}

// images are the distinct ones of the running pods, in order.
func images(store cache.Store) []string {
	known := map[string]struct{}{}
	for _, object := range store.List() {
		pod, ok := object.(*v1.Pod)
		if !ok || pod.Status.Phase != v1.PodRunning {
			continue
		}
		for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for _, container := range list {
				known[container.Image] = struct{}{}
			}
		}
	}
	sorted := make([]string, 0, len(known))
	for image := range known {
		sorted = append(sorted, image)
	}
	slices.Sort(sorted)
	return sorted
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "client-go of unknown version"
	}
	for _, module := range info.Deps {
		if module.Path == "k8s.io/client-go" {
			return "client-go " + module.Version
		}
	}
	return "client-go of unknown version"
}
